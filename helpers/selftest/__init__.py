"""The kit measured and verified.

bench/        what it costs, beside what it is compared with
overhead      the bench as a notebook shows it   painting       how late a token is painted
truth         what was planted, what we say      truth_summary  the same by group, in a notebook
conformance   which fault changes which check: `planted` and `planted_in_other_apis` say what must
              change, in the words of `turned`
"""
