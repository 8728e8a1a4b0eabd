CREATE TABLE IF NOT EXISTS greetings (
  id integer PRIMARY KEY,
  greeting text NOT NULL
)
