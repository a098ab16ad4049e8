COPY public.accounts (business_id, error_count) FROM stdin;
1000	0
\.
