"""What keeps a hostile file, or an error that nobody expected, from hurting a command."""
