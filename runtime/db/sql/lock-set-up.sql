SELECT pg_advisory_xact_lock(hashtext('hello set-up'))
