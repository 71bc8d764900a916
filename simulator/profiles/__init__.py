"""Identity providers other than Entra ID: each is a profile (data), and one engine simulates all of them."""
