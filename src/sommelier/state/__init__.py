"""What must last: profiles, sessions, feedback, edits of the catalogue, API keys.

with Store.open("shop/state.sqlite") as store:
    session = Session.new(user_id="42")
    store.commit_turn(session, "no horror", record, entries=[Entry(...)])
    store.profile("42", session.id).conditions
"""

from sommelier.state.access import Audited, Key
from sommelier.state.edits import Edit, Edits
from sommelier.state.feedback import Event
from sommelier.state.profiles import Entry, Preference, Profile, merge
from sommelier.state.sessions import Session, Turn, recommendation_id
from sommelier.state.store import Store

__all__ = [
    "Audited",
    "Edit",
    "Edits",
    "Entry",
    "Event",
    "Key",
    "Preference",
    "Profile",
    "Session",
    "Store",
    "Turn",
    "merge",
    "recommendation_id",
]
