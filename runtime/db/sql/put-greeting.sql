INSERT INTO greetings (id, greeting) VALUES ($1, $2)
ON CONFLICT (id) DO UPDATE SET greeting = excluded.greeting
WHERE greetings.greeting IS DISTINCT FROM excluded.greeting
