"""Django's SQLite backend, with the number of parameters this SQLite really takes."""
