SELECT greeting FROM greetings WHERE id = $1
