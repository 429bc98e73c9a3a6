"""Making small models better at their work: data, training, export, evaluation."""
