{{ union_platforms('chat', 'entities') }}
