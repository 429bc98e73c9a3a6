"""Language models behind one contract: any endpoint, scripts, budgets, replay, spans."""
