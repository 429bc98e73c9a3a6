"""Items as words of a causal language model: their codes, what teaches them, and who writes them.

After LC-Rec (Zheng et al. 2024, "Adapting Large Language Models by Integrating Collaborative
Semantics for Recommendation"): codes learned from text and company enter the vocabulary, tasks in
both directions tie them to language, and a search that follows only codes some item has recommends.
"""
