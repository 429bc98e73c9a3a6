"""How items are scored: trained recommenders behind one contract."""
