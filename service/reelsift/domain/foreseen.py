"""What of a video whoever wrote the policy can have known of: only that may reject it without a person."""

from collections.abc import Mapping

from reelsift.domain.analyses.spec import Judging
from reelsift.domain.analysis import Analysis
from reelsift.domain.folding import fold_accents
from reelsift.domain.policy import Peak
from reelsift.domain.rules import Rules

LONGEST_VERSION = 100
"""Characters by which versions of a model are told apart; those of Rekognition have three or so."""

ModelVersions = Mapping[Analysis, str | None]
"""By which version of its model each analysis was made, None where its answer names none."""


def is_foreseen(peak: Peak, rules: Rules, models: ModelVersions, known: Mapping[Analysis, tuple[str, ...]]) -> bool:
    """Whether a label was to be expected when the policy went live: it is one that Rekognition is known to have or that
    the policy names, and was seen by a version of a model that this deployment had met by then (`known`).
    """
    return _is_met(peak.analysis, models, known) and _is_named(peak, rules)


def _is_met(analysis: Analysis, models: ModelVersions, known: Mapping[Analysis, tuple[str, ...]]) -> bool:
    if analysis.spec.version is None:
        # Its answers never say by what they were made.
        return True
    version = models.get(analysis)
    return version is not None and version[:LONGEST_VERSION] in known.get(analysis, ())


def _is_named(peak: Peak, rules: Rules) -> bool:
    analysis = peak.analysis
    by_name = rules.by_name.get(analysis, {})
    if analysis.spec.judging is Judging.WRITING:
        # A text is called what it says; the rule that looks for it stands above.
        return any(fold_accents(name) in by_name for name in peak.path)
    members = {member.name for one in rules.together.values() for member in one.members_of(analysis)}
    names = {fold_accents(peak.label)} | ({fold_accents(peak.known_as)} if peak.known_as is not None else set())
    vocabulary = set(map(fold_accents, analysis.spec.vocabulary))
    return not names.isdisjoint(vocabulary | members | by_name.keys())
