"""Other identity providers over the same directory: what is known of each is data, and one engine plays them all."""
