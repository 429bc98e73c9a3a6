"""The simulated log is labelled, repeatable, and shows taste, popularity and drift."""

import numpy as np
import polars as pl
import pytest

from sommelier.data.demo import simulate

DAY = 86_400
GENRES = ["Comedy", "Horror", "Science Fiction", "Romance", "Crime", "Animation", "War", "Western"]


def shares(films, events) -> np.ndarray:
    """Return the genre shares [n_events, n_genres] of each event's film."""
    ones = films.select(
        "item_id", *(pl.col("genres").list.contains(g).cast(pl.Float64).alias(g) for g in GENRES)
    )
    return events.join(ones, on="item_id", maintain_order="left").select(GENRES).to_numpy()


def spread_of_means(values: np.ndarray, groups: np.ndarray) -> float:
    """Return how far group means lie from the mean of all: 0 where groups are all alike."""
    numbers = np.unique(groups, return_inverse=True)[1]
    sizes = np.bincount(numbers)
    means = np.stack([np.bincount(numbers, column) / sizes for column in values.T], axis=1)
    return float((sizes[:, None] * (means - values.mean(axis=0)) ** 2).sum() / sizes.sum())


@pytest.fixture(scope="module")
def few(films) -> pl.DataFrame:
    return films.sample(300, seed=1).sort("item_id")


def test_the_same_seed_gives_the_same_log(few):
    assert simulate(few, seed=3, n_viewers=40).equals(simulate(few, seed=3, n_viewers=40))


def test_another_seed_gives_another_log(few):
    assert not simulate(few, seed=3, n_viewers=40).equals(simulate(few, seed=4, n_viewers=40))


def test_there_are_enough_viewers_and_events(events):
    assert events["user_id"].n_unique() >= 2000
    assert events.height >= 80_000
    assert events.group_by("user_id").len()["len"].min() >= 3


def test_nobody_rates_a_film_twice(events):
    assert events.select("user_id", "item_id").is_unique().all()


def test_events_look_like_ratings_of_named_viewers(events, films):
    assert events.columns == ["user_id", "item_id", "timestamp", "event_type", "value"]
    assert events["user_id"].str.contains(r"^viewer-\d{4}$").all()
    assert events["event_type"].unique().to_list() == ["rating"]
    assert set(events["item_id"]) <= set(films["item_id"])
    assert set(events["value"].unique()) == {n / 2 for n in range(2, 11)}


def test_stars_are_given_as_people_give_them(events):
    counts = dict(events["value"].value_counts().iter_rows())
    assert 3.3 < events["value"].mean() < 3.9
    assert max(counts, key=counts.get) in {3.5, 4.0}
    assert counts[1.0] < counts[5.0] < counts[4.0]


def test_some_viewers_are_kinder_than_others(events):
    many = events.filter(pl.len().over("user_id") >= 40)
    means = many.group_by("user_id").agg(pl.col("value").mean())["value"]
    assert means.std() > 0.25


def test_the_log_covers_2019_to_2025(events):
    years = events["timestamp"].cast(pl.Int64) // (DAY * 365.25) + 1970
    assert set(years.cast(pl.Int64)) == set(range(2019, 2026))


def test_each_viewers_times_rise_and_never_coincide_within_an_evening(events):
    gaps = events.select(
        gap=pl.col("timestamp").diff().over("user_id", mapping_strategy="group_to_rows")
    )["gap"].drop_nulls()
    assert gaps.min() >= 0
    assert (gaps == 0).mean() < 0.001


def test_viewers_rate_in_sittings(events):
    gaps = events.select(gap=pl.col("timestamp").diff().over("user_id"))["gap"].drop_nulls()
    within = ((gaps < 1800).sum() / len(gaps), (gaps > DAY).sum() / len(gaps))
    assert 0.6 < within[0] < 0.9
    assert 0.1 < within[1] < 0.4


def test_people_rate_in_the_evening_more_than_in_the_morning(events):
    hours = (events["timestamp"] % DAY) // 3600
    assert hours.is_between(18, 23).sum() > 5 * hours.is_between(6, 11).sum()


def test_no_film_is_rated_before_the_year_of_its_release(events, films):
    dated = events.join(films.select("item_id", "year"), on="item_id")
    start = pl.datetime(pl.col("year"), 1, 1).dt.epoch("s")
    assert dated.select((pl.col("timestamp") >= start).all()).item()


def test_new_films_are_met_more_in_their_first_year_than_later(events, films):
    new = films.filter(pl.col("year").is_between(2019, 2022)).select("item_id", "year")
    when = events.join(new, on="item_id").select(
        age=pl.col("timestamp") / (DAY * 365.25) + 1970 - pl.col("year")
    )["age"]
    assert when.is_between(0.5, 1.5).sum() > 1.2 * when.is_between(2.0, 3.0).sum()


def test_viewers_have_tastes(films, events):
    values, users = shares(films, events), events["user_id"].to_numpy()
    shuffled = np.random.default_rng(0).permutation(users)
    assert spread_of_means(values, users) > 4 * spread_of_means(values, shuffled)


def test_viewers_give_more_stars_to_what_fits_their_taste(films, events):
    values = shares(films, events)
    users = np.unique(events["user_id"].to_numpy(), return_inverse=True)[1]
    sizes = np.bincount(users)
    means = np.stack([np.bincount(users, column) / sizes for column in values.T], axis=1)
    fit = (means[users] * values).sum(axis=1)
    stars = events.select(
        pl.col("value")
        - pl.col("value").mean().over("item_id")
        - pl.col("value").mean().over("user_id")
    )["value"].to_numpy()
    assert np.corrcoef(fit, stars)[0, 1] > 0.03


def test_few_films_are_popular_and_most_are_not(films, events):
    counts = events["item_id"].value_counts()["count"].to_numpy()
    sorted_counts = np.sort(np.concatenate([counts, np.zeros(films.height - len(counts))]))
    ranks = np.arange(1, len(sorted_counts) + 1)
    n = len(sorted_counts)
    gini = (2 * ranks - n - 1) @ sorted_counts / (n * sorted_counts.sum())
    assert 0.5 < gini < 0.75
    assert len(counts) > 0.95 * films.height


def test_tastes_drift_over_a_viewers_years(films, events):
    """First and last quarter of a history differ more than two random quarters of it do."""
    long = events.with_columns(
        n=pl.len().over("user_id"), at=pl.int_range(pl.len()).over("user_id")
    )
    mixed = long.with_columns(at=pl.col("at").shuffle(seed=5).over("user_id"))
    assert distance(films, long) > 1.3 * distance(films, mixed)


def distance(films, events) -> float:
    many = events.filter(pl.col("n") >= 40)
    first = many.filter(pl.col("at") < pl.col("n") // 4)
    last = many.filter(pl.col("at") >= pl.col("n") - pl.col("n") // 4)
    means = []
    for part in (first, last):
        values = pl.DataFrame(shares(films, part), schema=GENRES)
        table = values.with_columns(user=part["user_id"]).group_by("user").mean().sort("user")
        means.append(table.select(GENRES).to_numpy())
    return float(((means[0] - means[1]) ** 2).sum(axis=1).mean())
