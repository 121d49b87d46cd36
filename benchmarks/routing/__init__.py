"""The routing engine beside its peers, on public instances: `servanda bench routing`.

Every engine gets one and the same integer instance, and every solution goes through one referee
that shares no code with any of them.
"""
