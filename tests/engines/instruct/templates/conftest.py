"""An instruction of a template's own kind, each part a word that no template has."""

import pytest

from sommelier.engines.instruct.form import Form, Instruction, Intention, Preference

CANDIDATES = {Form.POINTWISE: 1, Form.PAIRWISE: 2, Form.MATCHING: 0, Form.RERANKING: 4}


@pytest.fixture(scope="session")
def fitting():
    def made(template, **parts):
        implicit = template.preference is Preference.IMPLICIT
        explicit = template.preference is Preference.EXPLICIT
        titles = tuple(f"Zandor {n}" for n in range(CANDIDATES[template.form]))
        usual = {
            "history": ("Quixby one", "Quixby two") if implicit else (),
            "liking": "wistful vermouth" if explicit else "",
            "wish": "" if template.intention is Intention.NONE else "I want a brisk gazebo.",
            "context": "jetlagged in Uppsala" if template.context else "",
            "candidates": titles,
        }
        kind = {"form": template.form, "intention": template.intention}
        return Instruction(**{**kind, **usual, **parts})

    return made
