"""Names of types, kinds, procedures and agencies, for searches that use them."""

from scanflow.archive.catalog import Catalog
from scanflow.archive.people.agencies import all_agencies
from scanflow.archive.search.language import parse
from scanflow.archive.search.question import Names
from scanflow.classify.procedures.finding import procedure_names
from scanflow.classify.profiles import Profiles


def names_for(text: str, profiles: Profiles, catalog: Catalog) -> Names:
    """The names that the search `text` needs; those of procedures only if it has `thu_tuc:`, since there are
    thousands. Raises QuestionError.
    """
    asked = any(term.field == "thu_tuc" for term in parse(text))
    return Names(
        types={each.id: each.name for each in profiles.types.values()},
        kinds={each.id: each.name for each in profiles.kinds.values()},
        procedures={each.code: each.name for each in procedure_names(profiles)} if asked else {},
        agencies={each.code: each.name for each in all_agencies(catalog)},
    )
