"""Words counted and weighted."""

from __future__ import annotations

from skhpo._default_space.table import Entry, Parameter, Table
from skhpo._dimensions import Categorical, Float

_NGRAMS = Parameter("ngram_range", [(1, 1), (1, 2)], "scikit-learn")
_MAX_DF = Parameter("max_df", Float(0.5, 1.0), "scikit-learn")
_MIN_DF = Parameter("min_df", Categorical([1, 2, 3, 5], ordered=True), "own", effort="medium")
_SUBLINEAR = Parameter("sublinear_tf", [False, True], "own")
_IDF = Parameter("use_idf", [True, False], "scikit-learn", effort="high")
_NORM = Parameter("norm", ["l2", "l1"], "own", effort="high")
_BINARY = Parameter("binary", [False, True], "hyperopt-sklearn")

TEXT: Table = {
    "sklearn.TfidfVectorizer": Entry((_NGRAMS, _SUBLINEAR, _MIN_DF, _MAX_DF, _IDF, _NORM)),
    "sklearn.CountVectorizer": Entry((_NGRAMS, _BINARY, _MIN_DF, _MAX_DF)),
    "sklearn.HashingVectorizer": Entry((_NGRAMS, _BINARY)),
    "sklearn.TfidfTransformer": Entry((_SUBLINEAR, _IDF, _NORM)),
}
