"""The records that every room shares: one exchange, one stream of events, curl, redaction."""
