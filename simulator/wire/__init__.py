"""HTTP for all tools: clients, credentials, URLs, paging, and the record of one request and response (Exchange)."""
