"""A small cinema, written by hand: twenty invented films whose facts are easy to keep in mind.

Two films share a title, two titles are a letter apart, two families share a last name, some facts
are missing, and the keywords are too many to be complete: what a brain must cope with. For tests
and examples of planners. Earlier films in the list are known to more viewers.
"""

import numpy as np
import polars as pl

from sommelier.data.catalog import DTYPES, Catalog
from sommelier.data.dataset import Dataset
from sommelier.data.interactions import Interactions
from sommelier.data.schema import Field, Kind, Schema

__all__ = ["FILMS", "SCHEMA", "dataset"]

SCHEMA = Schema(
    noun="film",
    plural="films",
    fields=(
        Field(name="item_id", kind=Kind.ID),
        Field(name="title", kind=Kind.TITLE),
        Field(name="year", kind=Kind.NUMBER, aliases=("release year",)),
        Field(
            name="genres",
            kind=Kind.TAGS,
            aliases=("genre",),
            synonyms={"sci-fi": "Science Fiction", "scifi": "Science Fiction"},
        ),
        Field(name="directors", kind=Kind.TAGS, people=True, aliases=("director",)),
        Field(name="cast", kind=Kind.TAGS, people=True, aliases=("actors", "stars")),
        Field(name="countries", kind=Kind.TAGS, aliases=("country",)),
        Field(name="runtime", kind=Kind.NUMBER, unit="minutes", aliases=("length",)),
        Field(name="average_rating", kind=Kind.NUMBER, aliases=("rating",)),
        Field(name="keywords", kind=Kind.TAGS, aliases=("topics",)),
        Field(name="description", kind=Kind.TEXT, aliases=("plot",)),
    ),
)

_LINES = """
The Paper Lighthouse|1994|Comedy,Romance|Ana Lindgren|Tom Harker,Mia Solano|United Kingdom|98|7.4|lighthouse,letters,island,keeper|A lonely keeper answers letters that were never meant for him, with warmth and funny mistakes
Nine Umbrellas|1991|Comedy|Ana Lindgren|Tom Harker|United Kingdom|104|6.9|rain,neighbours,umbrella,wager|Neighbours wager nine umbrellas on a week without rain
Marzipan Street|1998|Comedy,Drama|Luis Cordero|Mia Solano,Igor Velt|Spain|121|7.8|bakery,sisters,street,recipe|Two sisters keep a bakery alive in a street that nobody crosses
The Last Beekeeper|2003|Drama|Ana Lindgren|Vera Moreau|Sweden|133|8.1|bees,farm,farewell,honey|A beekeeper says farewell to a farm, quiet and slow
The Lost Beekeeper|2019|Thriller,Drama|Paul Okafor|Jean Moreau|France|112|6.2|bees,police,missing,forest|A beekeeper goes missing and the police search the forest
Night Ferry|1958|Thriller,Crime|Otto Brandt|Hugo Lindgren|Germany|89|7.7|ferry,smugglers,night,harbour|Smugglers meet on the night ferry and one of them talks
Night Ferry|2011|Horror,Thriller|Dana Whitcombe|Jean Moreau,Mia Solano|United States|101|5.4|ferry,ghost,night,fog|A ghost walks the night ferry, scary and loud
Copper Canyon Express|1966|Western|Walt Draper|Hugo Lindgren|United States|118|7.0|train,canyon,outlaws,dynamite|Outlaws stop a train with dynamite in the canyon
The Cartographer's Daughter|1997|Drama,Romance|Luis Cordero|Vera Moreau,Tom Harker|Spain,France|142|8.3|maps,sea,daughter,exile|A daughter follows maps over the sea into exile
Moth|2008|Horror|Dana Whitcombe|Igor Velt|United States|84|5.9|insects,attic,curse,lamp|Something in the attic is drawn to the lamp, a scary tale
Saturn for Beginners|2014|Science Fiction,Comedy|Paul Okafor|Mia Solano|United States|109|7.1|space,planet,school,robot|A school robot teaches children on a planet, funny and warm
The Iron Orbit|2021|Science Fiction,Thriller|Paul Okafor|Tom Harker|United States|151|7.5|space,station,mutiny,orbit|A mutiny on a space station far from every planet
Orchard of Salt|2016|War,Drama|Nadia Rahimi|Vera Moreau|Iran|127|8.6|war,orchard,brothers,border|Two brothers guard an orchard in the middle of a war
Goodnight, Captain|1944|War,Romance|Otto Brandt|Hugo Lindgren|United Kingdom|95|7.2|war,captain,dance,farewell|A captain dances one night before the war takes him
Penguin Parade|2005|Animation,Family,Comedy|Lucy Park|Tom Harker|Australia|81|6.8|penguins,parade,ice,contest|Penguins enter a contest on the ice, for children and the rest of us
The Little Tram|1989|Animation,Family|Lucy Park|Mia Solano|Japan|76|7.9|tram,city,children,snow|A little tram carries children through the snow
Seven Doors Down|1995|Crime,Thriller|Dana Whitcombe|Igor Velt,Jean Moreau|United States|116|7.6|police,neighbours,alibi,stairs|The police count seven doors and find one alibi too many
Harvest of Crows|1979|Horror,Drama|Walt Draper|Vera Moreau|United States|93|6.5|farm,crows,harvest,curse|A farm sells its harvest to the crows, bleak and slow
My Cousin the Senator|1999|Comedy,Crime|Luis Cordero|Igor Velt,Tom Harker|Spain|107||politics,cousin,bribe,wedding|A bribe meant for a wedding makes a cousin senator
A Short History of Rain||Documentary|Nadia Rahimi||Iran||7.3|weather,river,villages,archive|Old archive pictures of rain, river and villages
"""
FILMS: list[list[str]] = [line.split("|") for line in _LINES.strip().splitlines()]

_DAY = 86_400
_START = 1_700_000_000


def _row(number: int, cells: list[str]) -> dict[str, object]:
    row: dict[str, object] = {"item_id": f"f{number:02d}"}
    for field, cell in zip(SCHEMA.fields[1:], cells, strict=True):
        match field.kind:
            case Kind.NUMBER:
                row[field.name] = float(cell) if cell else None
            case Kind.TAGS:
                row[field.name] = cell.split(",") if cell else []
            case _:
                row[field.name] = cell
    return row


def dataset() -> Dataset:
    """Return the films and forty viewers.

    `v0` has seen "Seven Doors Down" and "Night Ferry" (1958), `v1` the two animations.
    """
    rows = [_row(number, cells) for number, cells in enumerate(FILMS)]
    types = {field.name: DTYPES[field.kind] for field in SCHEMA}
    histories = [[16, 5], [14, 15]]
    histories += [[n for n in range(len(rows)) if n % 4 == v % 4 and n <= v] for v in range(38)]
    sizes = [len(history) for history in histories]
    log = Interactions(
        user_ids=[f"v{number}" for number in range(len(histories))],
        users=np.repeat(np.arange(len(histories)), sizes).astype(np.int32),
        items=np.array([item for history in histories for item in history], np.int32),
        n_items=len(rows),
        times=(_START + _DAY * np.concatenate([np.arange(size) for size in sizes])).astype(
            np.int64
        ),
    )
    return Dataset(Catalog(pl.DataFrame(rows, schema=types), SCHEMA), log)
