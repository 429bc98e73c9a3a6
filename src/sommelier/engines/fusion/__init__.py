"""Several engines as one: `fusion` weighs them by what they know."""
