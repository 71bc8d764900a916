"""What is sent under load, in the order a provider sends it."""
