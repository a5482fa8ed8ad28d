{{ union_platforms('figures', 'figures') }}
