"""Second opinion on the law tables: reads `akte recht tafel` and computes every line independently.

Holidays come from the PyPI package `holidays` (Germany, SH); periods from the few lines below, which share no code
and no data with the program; hours from UTC by `zoneinfo`. Prints the counts; exits 1 on any difference, on a missing
line and on a line nobody expects.

    akte recht tafel --von 2000 --bis 2100 | python tests/recht/vergleich.py --von 2000 --bis 2100
"""

import argparse
import calendar
import collections
import datetime as dt
import itertools
import json
import sys
import zoneinfo

import holidays
from dateutil.easter import easter

DAY = dt.timedelta(days=1)
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")

# rule -> (unit, length, moved off free days, first day in force); read from the statutes, not from core/recht.
OPEN = None
RULES = {
    "abgabe_bestaetigung": ("days", 10, True, None),
    "aufbewahrung": ("year_end", OPEN, False, None),
    "bearbeitungsziel": ("weeks", 6, True, None),
    "behoerdenfrist": ("days", OPEN, True, None),
    "bgb195": ("year_end", 3, True, "2002-01-01"),  # §§ 195, 199 BGB
    "bgb973": ("months", 6, False, None),
    "bmg17": ("weeks", 2, True, "2015-11-01"),
    "dsgvo12": ("months", 1, False, "2018-05-25"),
    "dsgvo12_verlaengert": ("months", 3, False, "2018-05-25"),
    "gewanzv_statistik": ("first_workday", None, False, "2016-01-01"),
    "gewo14_protokoll": ("months", 6, False, "2011-07-15"),
    "gewo15": ("days", 3, True, None),
    "hundesteuer_anmeldung": ("days", 14, True, None),
    "izg4": ("months", 1, False, "2012-01-27"),
    "izg5": ("months", 1, False, "2012-01-27"),
    "izg5_verlaengert": ("months", 2, False, "2012-01-27"),
    "lvwg83a": ("weeks", 2, True, None),
    "vwgo58": ("months", 12, True, None),
    "vwgo60": ("weeks", 2, True, None),
    "vwgo60_jahr": ("months", 12, True, None),
    "vwgo70": ("months", 1, True, None),
    "vwgo74": ("months", 1, True, None),
    "vwgo75": ("months", 3, False, None),
    "vwvfg32": ("weeks", 2, True, None),
    "vwvfg32_jahr": ("months", 12, True, None),
    "vwvfg41_oeffentlich": ("weeks", 2, False, None),
    "vwvfg42a": ("months", 3, True, "2009-01-01"),
    "wiedervorlage": ("days", OPEN, True, None),
    "zahlungsziel": ("months", 1, True, None),
}
OPEN_LENGTHS = (14, 30)
WARNINGS = {"vwgo75": 60, "bearbeitungsziel": 28}

# regime -> [(first day, [(days, moved)])]
THREE, FOUR = [(3, False), (3, True)], [(4, False), (4, True)]
REGIMES = {
    "LVwG-SH": [("1995-01-01", THREE), ("2025-01-01", THREE + FOUR)],
    "VwVfG-Bund": [("1995-01-01", THREE), ("2025-01-01", FOUR)],
    "AO": [("1995-01-01", [(3, True)]), ("2025-01-01", [(4, True)])],
    "SGB-X": [("1995-01-01", THREE), ("2025-01-01", FOUR)],
}
HOURS = (1, 3, 12, 24, 48, 72)


# The package ends with this year; periods that begin in it end later.
PACKAGE_ENDS = 2100


def later_holidays(year):
    """The ten of Schleswig-Holstein since 2018, for the few years after the package."""
    fixed = {dt.date(year, m, d) for m, d in ((1, 1), (5, 1), (10, 3), (10, 31), (12, 25), (12, 26))}
    return fixed | {easter(year) + n * DAY for n in (-2, 1, 39, 50)}


class Calendar:
    def __init__(self, first, last):
        self.first, self.last = first, last
        own = range(first, min(last + 8, PACKAGE_ENDS) + 1)
        self.days = dict(holidays.country_holidays("DE", subdiv="SH", years=own))
        for year in range(2018, own[-1] + 1):
            assert year < first or later_holidays(year) == {d for d in self.days if d.year == year}, year
        for year in range(own[-1] + 1, last + 8):
            self.days.update(dict.fromkeys(later_holidays(year), "later"))

    def workday(self, day):
        return day.weekday() < 5 and day not in self.days

    def moved(self, day):
        while not self.workday(day):
            day += DAY
        return day


def add_months(day, n):
    """§ 188 (2), (3) BGB: the day of the same number, or the last of a shorter month."""
    total = day.year * 12 + day.month - 1 + n
    year, month = divmod(total, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def period(cal, unit, n, moved, day):
    """§§ 187 (1), 188, 193 BGB, § 31 (3) VwVfG."""
    if unit == "days":
        end = day + n * DAY
    elif unit == "weeks":
        end = day + 7 * n * DAY
    elif unit == "months":
        end = add_months(day, n)
    elif unit == "year_end":
        end = dt.date(day.year + n, 12, 31)
    else:
        end = add_months(day.replace(day=1), 1)
        return cal.moved(end)
    return cal.moved(end) if moved else end


def expected_periods(cal, day):
    for rule, (unit, n, moved, since) in RULES.items():
        if since and day < dt.date.fromisoformat(since):
            continue
        open_length = n is OPEN and unit != "first_workday"
        for length in OPEN_LENGTHS if open_length else (n,):
            end = period(cal, unit, length, moved, day)
            warn = min(day + WARNINGS[rule] * DAY, end) if rule in WARNINGS else None
            yield (rule, day, length if open_length else None), (end, warn)


def expected_notices(cal, day):
    for regime, versions in REGIMES.items():
        readings = [r for since, r in versions if day >= dt.date.fromisoformat(since)][-1]
        ends = [cal.moved(day + n * DAY) if moved else day + n * DAY for n, moved in readings]
        late = max(ends)
        yield (regime, day), (min(ends), late, cal.moved(add_months(late, 1)))


def last_sunday(year, month):
    day = dt.date(year, month, calendar.monthrange(year, month)[1])
    return day - DAY * ((day.weekday() + 1) % 7)


def expected_hours(year):
    for month in (3, 10):
        night = last_sunday(year, month)
        before = night - DAY
        for day, hour, minute in ((before, 12, 30), (before, 23, 45), (night, 0, 0), (before, 2, 0)):
            local = dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN)
            start = local.astimezone(dt.timezone.utc)
            if start.minute:  # the begun hour does not count
                start += dt.timedelta(minutes=60 - start.minute)
            for n in HOURS:
                end = (start + dt.timedelta(hours=n)).astimezone(BERLIN)
                yield (local.isoformat(), n), end.isoformat()


def date(text):
    return text and dt.date.fromisoformat(text)


def row_of(line):
    """(kind, bucket, key, value) of one line; the bucket is what is compared at once."""
    row = json.loads(line)
    kind = row["art"]
    if kind == "feiertag":
        return kind, None, date(row["datum"]), row["name"]
    if kind == "frist":
        day = date(row["ereignis"])
        return kind, day, (row["regel"], day, row["anzahl"]), (date(row["ende"]), date(row["warnung"]))
    if kind == "bekanntgabe":
        day = date(row["am"])
        value = tuple(date(row[k]) for k in ("frueheste", "spaeteste", "widerspruch"))
        return kind, day, (row["regime"], day), value
    return kind, None, (row["ereignis"], row["anzahl"]), row["ende"]


class Result:
    """Counts of what was compared and of what differs, by kind; the first differences are printed."""

    def __init__(self):
        self.compared = collections.Counter()
        self.bad = collections.Counter()

    def compare(self, kind, ours, theirs, values=True):
        """`ours` = the program, `theirs` = computed here."""
        self.compared[kind] += len(theirs)
        for key in sorted(ours.keys() | theirs.keys(), key=str):
            a, b = ours.get(key, "no line"), theirs.get(key, "no line")
            if "no line" in (a, b) or (values and a != b):
                self.bad[kind] += 1
                if self.bad[kind] <= 20:
                    print(f"  {kind} {key}: program {a}, here {b}")

    def done(self, kind):
        print(f"{kind}: {self.compared[kind]} compared, {self.bad[kind]} differences")


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--von", type=int, default=2000)
    args.add_argument("--bis", type=int, default=2100)
    args = args.parse_args()
    cal, result = Calendar(args.von, args.bis), Result()
    days = iter_days(args.von, args.bis)
    held = collections.defaultdict(dict)  # what is compared at the end
    # One day at a time: a million lines are not held at once.
    for day, lines in itertools.groupby(map(row_of, sys.stdin), key=lambda r: r[1]):
        found = collections.defaultdict(dict)
        for kind, _, key, value in lines:
            before = found[kind].get(key, held[kind].get(key) if day is None else None)
            # Two holidays may share a day, as Ascension and 1 May did in 2008.
            if before is not None and (kind != "feiertag" or before == value):
                sys.exit(f"twice: {kind} {key}")
            found[kind][key] = value
        if day is None:
            for kind, rows in found.items():
                held[kind].update(rows)
        elif day != next(days, None):
            sys.exit(f"a day is missing or out of order: {day}")
        else:
            result.compare("frist", found["frist"], dict(expected_periods(cal, day)))
            result.compare("bekanntgabe", found["bekanntgabe"], dict(expected_notices(cal, day)))
    if (rest := next(days, None)) is not None:
        sys.exit(f"a day is missing: {rest}")
    theirs = {d: name for d, name in cal.days.items() if args.von <= d.year <= args.bis}
    result.compare("feiertag", held["feiertag"], theirs, values=False)
    hours = {k: v for y in range(args.von, args.bis + 1) for k, v in expected_hours(y)}
    result.compare("stunden", held["stunden"], hours)
    for kind in ("feiertag", "frist", "bekanntgabe", "stunden"):
        result.done(kind)
    bad = result.bad.total()
    print(f"holidays {holidays.__version__}, {args.von} to {args.bis}: {bad} differences")
    return 1 if bad else 0


def iter_days(first, last):
    day = dt.date(first, 1, 1)
    while day.year <= last:
        yield day
        day += DAY


if __name__ == "__main__":
    sys.exit(main())
