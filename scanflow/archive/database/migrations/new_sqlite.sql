-- revision 0029
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE dossiers (
	id INTEGER NOT NULL, 
	number TEXT NOT NULL, 
	procedure_code TEXT, 
	created_at DATETIME NOT NULL, agency TEXT DEFAULT 'default' NOT NULL, last_no INTEGER, 
	CONSTRAINT pk_dossiers PRIMARY KEY (id), 
	CONSTRAINT uq_dossiers_number UNIQUE (number)
);
CREATE TABLE documents (
	id INTEGER NOT NULL, 
	dossier_id INTEGER NOT NULL, 
	no INTEGER NOT NULL, 
	type TEXT NOT NULL, 
	confidence FLOAT NOT NULL, 
	title TEXT NOT NULL, 
	evidence JSON NOT NULL, 
	fields JSON NOT NULL, 
	batch_id TEXT NOT NULL, 
	first_page INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, attested_by TEXT, attested_at DATETIME, paper_number TEXT, field_details JSON, kind TEXT, row_matches JSON, joined_to INTEGER, 
	CONSTRAINT pk_documents PRIMARY KEY (id), 
	CONSTRAINT uq_documents_dossier_id UNIQUE (dossier_id, no), 
	CONSTRAINT uq_documents_batch_id UNIQUE (batch_id, first_page), 
	CONSTRAINT fk_documents_dossier_id FOREIGN KEY(dossier_id) REFERENCES dossiers (id)
);
CREATE TABLE versions (
	id INTEGER NOT NULL, 
	document_id INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	pdf_key TEXT NOT NULL, 
	pdf_version_id TEXT, 
	pdf_sha256 TEXT NOT NULL, 
	pdf_size BIGINT NOT NULL, 
	words_key TEXT NOT NULL, 
	words_version_id TEXT, 
	words_sha256 TEXT NOT NULL, 
	words_size BIGINT NOT NULL, 
	pages INTEGER NOT NULL, 
	confidence FLOAT NOT NULL, 
	made_by JSON NOT NULL, 
	created_at DATETIME NOT NULL, left_out JSON, 
	CONSTRAINT pk_versions PRIMARY KEY (id), 
	CONSTRAINT uq_versions_document_id UNIQUE (document_id, version), 
	CONSTRAINT fk_versions_document_id FOREIGN KEY(document_id) REFERENCES documents (id)
);
CREATE TABLE page_texts (
	id INTEGER NOT NULL, 
	version_id INTEGER NOT NULL, 
	page_no INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	CONSTRAINT pk_page_texts PRIMARY KEY (id), 
	CONSTRAINT uq_page_texts_version_id UNIQUE (version_id, page_no), 
	CONSTRAINT fk_page_texts_version_id FOREIGN KEY(version_id) REFERENCES versions (id)
);
CREATE TABLE batches (
	id TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	operator TEXT NOT NULL, 
	clerk_number TEXT, 
	dossier_number TEXT, 
	number_source TEXT, 
	procedure_code TEXT, 
	state TEXT NOT NULL, 
	reason TEXT, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	closed_at DATETIME, job TEXT, turn INTEGER DEFAULT '0' NOT NULL, attempts INTEGER DEFAULT '0' NOT NULL, counter TEXT, revision BIGINT DEFAULT '0' NOT NULL, agency TEXT DEFAULT 'default' NOT NULL, held_since DATETIME, handed_from TEXT, handed_by TEXT, 
	CONSTRAINT pk_batches PRIMARY KEY (id)
);
CREATE TABLE files (
	id INTEGER NOT NULL, 
	batch_id TEXT NOT NULL, 
	no INTEGER NOT NULL, 
	source_id TEXT, 
	name TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	object_key TEXT, 
	state TEXT NOT NULL, 
	reason_code TEXT, 
	reason TEXT, 
	reason_vi TEXT, signed BOOLEAN DEFAULT 0 NOT NULL, order_id BIGINT, lossless BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_files PRIMARY KEY (id), 
	CONSTRAINT uq_files_batch_id UNIQUE (batch_id, no), 
	CONSTRAINT fk_files_batch_id FOREIGN KEY(batch_id) REFERENCES batches (id)
);
CREATE TABLE pages (
	id INTEGER NOT NULL, 
	batch_id TEXT NOT NULL, 
	file_id INTEGER, 
	no INTEGER NOT NULL, 
	file_page INTEGER, 
	sha256 TEXT NOT NULL, 
	media_type TEXT NOT NULL, 
	object_key TEXT, 
	state TEXT NOT NULL, 
	reason_code TEXT, 
	reason TEXT, 
	reason_vi TEXT, 
	fingerprint TEXT, 
	width INTEGER, 
	height INTEGER, 
	dpi FLOAT, 
	geometry JSON, 
	quality JSON, 
	confidence FLOAT, 
	document_id INTEGER, decided JSON, document_page INTEGER, 
	CONSTRAINT pk_pages PRIMARY KEY (id), 
	CONSTRAINT uq_pages_batch_id UNIQUE (batch_id, no), 
	CONSTRAINT ck_pages_state CHECK (state IN ('taken', 'read', 'filed', 'set_aside', 'quarantined')), 
	CONSTRAINT fk_pages_batch_id FOREIGN KEY(batch_id) REFERENCES batches (id), 
	CONSTRAINT fk_pages_file_id FOREIGN KEY(file_id) REFERENCES files (id), 
	CONSTRAINT fk_pages_document_id FOREIGN KEY(document_id) REFERENCES documents (id)
);
CREATE INDEX ix_pages_file_id ON pages (file_id);
CREATE INDEX ix_pages_sha256 ON pages (sha256);
CREATE INDEX ix_pages_document_id ON pages (document_id);
CREATE TABLE objects (
	"key" TEXT NOT NULL, 
	version_id TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_objects PRIMARY KEY ("key", version_id)
);
CREATE TABLE workers (
	id TEXT NOT NULL, 
	host TEXT NOT NULL, 
	pid INTEGER NOT NULL, 
	born TEXT NOT NULL, 
	beats BIGINT NOT NULL, 
	started_at DATETIME NOT NULL, place TEXT, 
	CONSTRAINT pk_workers PRIMARY KEY (id)
);
CREATE TABLE readings (
	batch_id TEXT NOT NULL, 
	no INTEGER NOT NULL, 
	attempts INTEGER NOT NULL, 
	reading BLOB, 
	CONSTRAINT pk_readings PRIMARY KEY (batch_id, no), 
	CONSTRAINT fk_readings_batch_id FOREIGN KEY(batch_id) REFERENCES batches (id)
);
CREATE UNIQUE INDEX uq_files_source_id ON files (source_id) WHERE state != 'withdrawn';
CREATE INDEX ix_batches_state_job ON batches (state, job, created_at);
CREATE INDEX ix_documents_type_paper_number ON documents (type, paper_number);
CREATE TABLE users (
	name TEXT NOT NULL, 
	display_name TEXT NOT NULL, 
	password TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	disabled_at DATETIME, agency TEXT DEFAULT 'default' NOT NULL, role TEXT DEFAULT 'clerk' NOT NULL, counters JSON, 
	CONSTRAINT pk_users PRIMARY KEY (name)
);
CREATE TABLE sessions (
	token TEXT NOT NULL, 
	user TEXT NOT NULL, 
	counter TEXT, 
	created_at DATETIME NOT NULL, 
	seen_at DATETIME NOT NULL, refresh TEXT, checked_at DATETIME, provider_session TEXT, 
	CONSTRAINT pk_sessions PRIMARY KEY (token), 
	CONSTRAINT fk_sessions_user FOREIGN KEY(user) REFERENCES users (name)
);
CREATE TABLE counters (
	name TEXT NOT NULL, 
	token TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	seen_at DATETIME, 
	scanners JSON, 
	device TEXT, 
	profile TEXT, beats BIGINT DEFAULT '0' NOT NULL, waiting JSON, agency TEXT DEFAULT 'default' NOT NULL, 
	CONSTRAINT pk_counters PRIMARY KEY (name), 
	CONSTRAINT uq_counters_token UNIQUE (token)
);
CREATE TABLE orders (
	id BIGINT NOT NULL, 
	counter TEXT NOT NULL, 
	batch_id TEXT, 
	kind TEXT NOT NULL, 
	state TEXT NOT NULL, 
	device TEXT, 
	profile TEXT, 
	replaces INTEGER, 
	stop BOOLEAN DEFAULT 0 NOT NULL, 
	pages INTEGER DEFAULT '0' NOT NULL, 
	half_sheet BOOLEAN DEFAULT 0 NOT NULL, 
	reason_code TEXT, 
	reason TEXT, 
	reason_vi TEXT, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, given BOOLEAN DEFAULT 0 NOT NULL, confirmed BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_orders PRIMARY KEY (id), 
	CONSTRAINT fk_orders_counter FOREIGN KEY(counter) REFERENCES counters (name), 
	CONSTRAINT fk_orders_batch_id FOREIGN KEY(batch_id) REFERENCES batches (id)
);
CREATE INDEX ix_orders_batch_id ON orders (batch_id);
CREATE INDEX ix_orders_counter_state ON orders (counter, state);
CREATE TABLE "log" (
	seq BIGINT NOT NULL, 
	at DATETIME NOT NULL, 
	actor TEXT NOT NULL, 
	action TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	"before" JSON, 
	"after" JSON, 
	hash TEXT NOT NULL, 
	CONSTRAINT pk_log_chain PRIMARY KEY (seq)
);
CREATE INDEX ix_log_subject ON log (subject);
CREATE INDEX ix_log_actor ON log (actor, at);
CREATE INDEX ix_log_at ON log (at);
CREATE TRIGGER log_no_update BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_no_delete BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TABLE archive (
	one INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	CONSTRAINT pk_archive PRIMARY KEY (one), 
	CONSTRAINT ck_archive_one_row CHECK (one = 1)
);
CREATE INDEX ix_files_order_id ON files (order_id);
CREATE TABLE sources (
	id INTEGER NOT NULL, 
	document_id INTEGER NOT NULL, 
	file_no INTEGER NOT NULL, 
	source_key TEXT NOT NULL, 
	source_version_id TEXT, 
	source_sha256 TEXT NOT NULL, 
	source_size BIGINT NOT NULL, 
	reasons JSON NOT NULL, 
	CONSTRAINT pk_sources PRIMARY KEY (id), 
	CONSTRAINT uq_sources_document_id UNIQUE (document_id, file_no), 
	CONSTRAINT fk_sources_document_id FOREIGN KEY(document_id) REFERENCES documents (id)
);
CREATE TABLE tries (
	"key" TEXT NOT NULL, 
	count FLOAT NOT NULL, 
	changed_at FLOAT NOT NULL, 
	CONSTRAINT pk_tries PRIMARY KEY ("key")
);
CREATE TABLE browsers (
	token TEXT NOT NULL, 
	user TEXT NOT NULL, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_browsers PRIMARY KEY (token, user), 
	CONSTRAINT fk_browsers_user FOREIGN KEY(user) REFERENCES users (name)
);
CREATE TABLE agencies (
	code TEXT NOT NULL, 
	name TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_agencies PRIMARY KEY (code)
);
CREATE TABLE file_attempts (
	batch_id TEXT NOT NULL, 
	no INTEGER NOT NULL, 
	attempts INTEGER NOT NULL, 
	CONSTRAINT pk_file_attempts PRIMARY KEY (batch_id, no), 
	CONSTRAINT fk_file_attempts_batch_id FOREIGN KEY(batch_id) REFERENCES batches (id)
);
CREATE INDEX ix_batches_operator ON batches (operator, created_at);
CREATE TABLE search_changes (
	seq BIGINT NOT NULL, 
	document_id BIGINT NOT NULL, 
	token TEXT NOT NULL, 
	CONSTRAINT pk_search_changes PRIMARY KEY (seq)
);
CREATE INDEX ix_dossiers_agency ON dossiers (agency, created_at);
CREATE TABLE review_claims (
	item TEXT NOT NULL, 
	user TEXT NOT NULL, 
	until DATETIME NOT NULL, 
	CONSTRAINT pk_review_claims PRIMARY KEY (item), 
	CONSTRAINT fk_review_claims_user FOREIGN KEY(user) REFERENCES users (name)
);
CREATE TABLE undo_steps (
	id INTEGER NOT NULL, 
	batch_id TEXT NOT NULL, 
	revision BIGINT NOT NULL, 
	clerk TEXT NOT NULL, 
	action TEXT NOT NULL, 
	page INTEGER, 
	"before" JSON NOT NULL, 
	CONSTRAINT pk_undo_steps PRIMARY KEY (id), 
	CONSTRAINT fk_undo_steps_batch_id FOREIGN KEY(batch_id) REFERENCES batches (id)
);
CREATE INDEX ix_undo_steps_batch_id ON undo_steps (batch_id);
CREATE TABLE night_runs (
	id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	state TEXT NOT NULL, 
	asked JSON NOT NULL, 
	agency TEXT, 
	started_by TEXT NOT NULL, 
	started_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	window_from INTEGER, 
	window_until INTEGER, 
	cursor BIGINT DEFAULT '0' NOT NULL, 
	last_document BIGINT DEFAULT '0' NOT NULL, 
	report JSON, 
	reason TEXT, 
	CONSTRAINT pk_night_runs PRIMARY KEY (id)
);
CREATE INDEX ix_night_runs_kind_state ON night_runs (kind, state, started_at);
CREATE TABLE night_items (
	id INTEGER NOT NULL, 
	run_id TEXT NOT NULL, 
	document_id BIGINT, 
	subject TEXT NOT NULL, 
	state TEXT NOT NULL, 
	result TEXT, 
	holder TEXT, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	pages INTEGER DEFAULT '0' NOT NULL, 
	version_before INTEGER, 
	version_after INTEGER, 
	"before" JSON, 
	"after" JSON, 
	score JSON, 
	seconds FLOAT, 
	read_seconds FLOAT, 
	reason TEXT, 
	ended_at DATETIME, 
	to_check BOOLEAN DEFAULT 0 NOT NULL, 
	checked_by TEXT, 
	CONSTRAINT pk_night_items PRIMARY KEY (id), 
	CONSTRAINT uq_night_items_run_id UNIQUE (run_id, subject), 
	CONSTRAINT fk_night_items_run_id FOREIGN KEY(run_id) REFERENCES night_runs (id)
);
CREATE INDEX ix_night_items_state ON night_items (run_id, state, id);
CREATE INDEX ix_night_items_document ON night_items (document_id);
CREATE TABLE api_tokens (
	name TEXT NOT NULL, 
	token TEXT NOT NULL, 
	agency TEXT NOT NULL, 
	scopes JSON NOT NULL, 
	rate INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	revoked_at DATETIME, 
	seen_at DATETIME, 
	CONSTRAINT pk_api_tokens PRIMARY KEY (name), 
	CONSTRAINT uq_api_tokens_token UNIQUE (token)
);
CREATE INDEX ix_dossiers_created_at ON dossiers (created_at);
CREATE INDEX ix_documents_created_at ON documents (created_at);
CREATE INDEX ix_pages_quarantined ON pages (batch_id) WHERE state = 'quarantined';
CREATE TABLE daily_figures (
	agency TEXT NOT NULL, 
	day DATE NOT NULL, 
	procedure TEXT NOT NULL, 
	dossiers INTEGER NOT NULL, 
	complete INTEGER NOT NULL, 
	asked INTEGER NOT NULL, 
	met INTEGER NOT NULL, 
	papers INTEGER NOT NULL, 
	pages INTEGER NOT NULL, 
	doubtful INTEGER NOT NULL, 
	untyped INTEGER NOT NULL, 
	confirmed INTEGER NOT NULL, 
	"right" INTEGER NOT NULL, 
	wrong INTEGER NOT NULL, 
	results INTEGER NOT NULL, 
	electronic INTEGER NOT NULL, 
	held INTEGER NOT NULL, 
	reused INTEGER NOT NULL, doubtful_rows INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_daily_figures PRIMARY KEY (agency, day, procedure)
);
CREATE TABLE daily_counters (
	agency TEXT NOT NULL, 
	day DATE NOT NULL, 
	counter TEXT NOT NULL, 
	papers INTEGER NOT NULL, 
	pages INTEGER NOT NULL, 
	hours INTEGER NOT NULL, 
	CONSTRAINT pk_daily_counters PRIMARY KEY (agency, day, counter)
);
CREATE TABLE counted_documents (
	document_id BIGINT NOT NULL, 
	filed_on DATE NOT NULL, 
	taken_on DATE NOT NULL, 
	CONSTRAINT pk_counted_documents PRIMARY KEY (document_id)
);
CREATE TABLE counted_changes (
	one INTEGER NOT NULL, 
	seq BIGINT NOT NULL, 
	token TEXT NOT NULL, 
	CONSTRAINT pk_counted_changes PRIMARY KEY (one), 
	CONSTRAINT ck_counted_changes_one_row CHECK (one = 1)
);
CREATE TABLE saved_searches (
	id INTEGER NOT NULL, 
	user TEXT NOT NULL, 
	name TEXT NOT NULL, 
	question TEXT NOT NULL, 
	shared BOOLEAN DEFAULT 0 NOT NULL, 
	saved_at DATETIME NOT NULL, 
	CONSTRAINT pk_saved_searches PRIMARY KEY (id), 
	CONSTRAINT uq_saved_searches_user UNIQUE (user, name), 
	CONSTRAINT fk_saved_searches_user FOREIGN KEY(user) REFERENCES users (name)
);
CREATE TABLE events (
	agency TEXT NOT NULL, 
	seq BIGINT NOT NULL, 
	log_seq BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	dossier TEXT, 
	document INTEGER, 
	batch TEXT, 
	data JSON NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (agency, seq)
);
CREATE TABLE event_position (
	one INTEGER NOT NULL, 
	log_seq BIGINT NOT NULL, 
	CONSTRAINT pk_event_position PRIMARY KEY (one), 
	CONSTRAINT ck_event_position_one_row CHECK (one = 1)
);
CREATE TABLE webhooks (
	name TEXT NOT NULL, 
	agency TEXT NOT NULL, 
	url TEXT NOT NULL, 
	secret TEXT NOT NULL, 
	kinds JSON, 
	created_at DATETIME NOT NULL, 
	removed_at DATETIME, 
	position BIGINT NOT NULL, 
	failures INTEGER NOT NULL, 
	next_try_at DATETIME NOT NULL, 
	problem TEXT, 
	CONSTRAINT pk_webhooks PRIMARY KEY (name)
);
CREATE TABLE sso_users (
	subject TEXT NOT NULL, 
	user TEXT NOT NULL, 
	CONSTRAINT pk_sso_users PRIMARY KEY (subject), 
	CONSTRAINT fk_sso_users_user FOREIGN KEY(user) REFERENCES users (name)
);
INSERT INTO alembic_version (version_num) VALUES ('0029');
INSERT INTO agencies (code, name, created_at) VALUES ('default', 'Cơ quan mặc định', strftime('%Y-%m-%d %H:%M:%f', 'now') || '000');
