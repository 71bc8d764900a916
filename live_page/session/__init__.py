"""The state that every browser tab shows: one company, one provider, and one target, on virtual time."""
