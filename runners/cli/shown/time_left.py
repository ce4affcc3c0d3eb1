"""How long a run still takes: what the plan expects at first, what trials really took later. Pure."""


def left_s(*, done: int, current: int, total: int, since_s: float, each_s: float, wait_left_s: float = 0.0) -> float:
    """The time left, in seconds.

    done, current, total: trials that are made, that are at hand, and all. since_s: how long ago the last one that is
    made was over. each_s: see ``per_trial_s``. wait_left_s: how long the trial at hand takes from now on at least,
    whatever was expected of it.
    """
    coming = max(0, total - done - current)
    return coming * each_s + max(0.0, current * each_s - since_s, wait_left_s)


def per_trial_s(*, done: int, total: int, elapsed_s: float, expected_s: float) -> float:
    """How long a trial takes, in seconds: by the plan, and the more of them are made the more by what those took.

    elapsed_s: how long those made took. expected_s: what the plan expects of all.
    """
    if not total:
        return 0.0
    weight = done / total
    by_pace_s = elapsed_s / done if done else 0.0
    return (1 - weight) * expected_s / total + weight * by_pace_s
