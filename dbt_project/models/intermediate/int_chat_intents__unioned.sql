{{ union_platforms('chat', 'intents') }}
