select * from {{ newest_records('hubspot', 'contacts') }} as newest
