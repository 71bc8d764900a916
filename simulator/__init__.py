"""Identity providers over a virtual company: what Entra ID would send, on virtual time."""
