BEGIN TRANSACTION;
CREATE TABLE affected_components (
	incident_id VARCHAR(12) NOT NULL, 
	component_id VARCHAR(12) NOT NULL, 
	position INTEGER NOT NULL, 
	name JSON NOT NULL, 
	status VARCHAR(40) NOT NULL, 
	planned VARCHAR(40), 
	holding BOOLEAN NOT NULL, 
	CONSTRAINT pk_affected_components PRIMARY KEY (incident_id, component_id), 
	CONSTRAINT fk_affected_components_component_id_components FOREIGN KEY(component_id) REFERENCES components (id), 
	CONSTRAINT fk_affected_components_incident_id_incidents FOREIGN KEY(incident_id) REFERENCES incidents (id)
);
INSERT INTO "affected_components" VALUES('xcs3gbb55rdn','11uob7lso57k',0,'{"it": "Accesso", "en": "Sign-in"}','partial_outage',NULL,0);
INSERT INTO "affected_components" VALUES('zaze4zyyov2z','efkhva4tnwyr',0,'{"it": "Portafoglio", "en": "Wallet"}','operational',NULL,0);
INSERT INTO "affected_components" VALUES('4o0efwdz9u9m','efkhva4tnwyr',0,'{"it": "Portafoglio", "en": "Wallet"}','operational',NULL,1);
INSERT INTO "affected_components" VALUES('sp8hym7tixe7','11uob7lso57k',0,'{"it": "Accesso", "en": "Sign-in"}','degraded_performance',NULL,1);
INSERT INTO "affected_components" VALUES('lgqix2m8mdtk','efkhva4tnwyr',0,'{"it": "Portafoglio", "en": "Wallet"}','operational','under_maintenance',0);
INSERT INTO "affected_components" VALUES('wz2ouxoqocs4','cqewfdg70awp',0,'{"it": "Messaggi", "en": "Messages"}','partial_outage',NULL,1);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE attached_answers (
	id INTEGER NOT NULL, 
	"key" VARCHAR(120) NOT NULL, 
	component_id VARCHAR(12) NOT NULL, 
	fields JSON NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_attached_answers PRIMARY KEY (id), 
	CONSTRAINT uq_attached_answers_key_component_id UNIQUE ("key", component_id)
);
INSERT INTO "attached_answers" VALUES(1,'is-my-data-safe','','{}','2020-12-07 11:24:00.000000');
CREATE TABLE channels (
	name VARCHAR(40) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	why TEXT NOT NULL, 
	since DATETIME NOT NULL, 
	CONSTRAINT pk_channels PRIMARY KEY (name)
);
INSERT INTO "channels" VALUES('log','paused','prova dei canali','2020-12-07 11:27:00.000000');
CREATE TABLE component_changes (
	id INTEGER NOT NULL, 
	component_id VARCHAR(12) NOT NULL, 
	at DATETIME NOT NULL, 
	old_status VARCHAR(40) NOT NULL, 
	new_status VARCHAR(40) NOT NULL, 
	incident_id VARCHAR(12), 
	CONSTRAINT pk_component_changes PRIMARY KEY (id), 
	CONSTRAINT fk_component_changes_component_id_components FOREIGN KEY(component_id) REFERENCES components (id), 
	CONSTRAINT fk_component_changes_incident_id_incidents FOREIGN KEY(incident_id) REFERENCES incidents (id)
);
INSERT INTO "component_changes" VALUES(1,'efkhva4tnwyr','2020-12-07 11:00:00.000000','operational','operational',NULL);
INSERT INTO "component_changes" VALUES(2,'11uob7lso57k','2020-12-07 11:00:00.000000','operational','operational',NULL);
INSERT INTO "component_changes" VALUES(3,'cqewfdg70awp','2020-12-07 11:00:00.000000','operational','operational',NULL);
INSERT INTO "component_changes" VALUES(4,'11uob7lso57k','2020-12-06 15:00:00.000000','operational','partial_outage','xcs3gbb55rdn');
INSERT INTO "component_changes" VALUES(5,'11uob7lso57k','2020-12-06 17:00:00.000000','partial_outage','operational','xcs3gbb55rdn');
INSERT INTO "component_changes" VALUES(6,'efkhva4tnwyr','2020-12-07 11:01:00.000000','operational','major_outage','4o0efwdz9u9m');
INSERT INTO "component_changes" VALUES(7,'efkhva4tnwyr','2020-12-07 11:09:00.000000','major_outage','operational','4o0efwdz9u9m');
INSERT INTO "component_changes" VALUES(8,'11uob7lso57k','2020-12-07 11:20:00.000000','operational','degraded_performance','sp8hym7tixe7');
INSERT INTO "component_changes" VALUES(9,'cqewfdg70awp','2020-12-07 11:26:00.000000','operational','partial_outage','wz2ouxoqocs4');
CREATE TABLE component_groups (
	id VARCHAR(12) NOT NULL, 
	"key" VARCHAR(80) NOT NULL, 
	name JSON NOT NULL, 
	description JSON NOT NULL, 
	position INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_component_groups PRIMARY KEY (id), 
	CONSTRAINT uq_component_groups_key UNIQUE ("key")
);
INSERT INTO "component_groups" VALUES('ukffmkw77b5r','money','{"it": "Pagamenti", "en": "Payments"}','{}',1,'2020-12-07 11:00:00.000000','2020-12-07 11:00:00.000000');
CREATE TABLE components (
	id VARCHAR(12) NOT NULL, 
	"key" VARCHAR(80) NOT NULL, 
	name JSON NOT NULL, 
	description JSON NOT NULL, 
	group_id VARCHAR(12), 
	position INTEGER NOT NULL, 
	status VARCHAR(40) NOT NULL, 
	status_since DATETIME NOT NULL, 
	hidden BOOLEAN NOT NULL, 
	only_show_if_degraded BOOLEAN NOT NULL, 
	start_date DATE, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_components PRIMARY KEY (id), 
	CONSTRAINT fk_components_group_id_component_groups FOREIGN KEY(group_id) REFERENCES component_groups (id), 
	CONSTRAINT uq_components_key UNIQUE ("key")
);
INSERT INTO "components" VALUES('efkhva4tnwyr','wallet','{"it": "Portafoglio", "en": "Wallet"}','{}','ukffmkw77b5r',1,'operational','2020-12-07 11:09:00.000000',0,0,'2020-12-07','2020-12-07 11:00:00.000000','2020-12-07 11:09:00.000000');
INSERT INTO "components" VALUES('11uob7lso57k','login','{"it": "Accesso", "en": "Sign-in"}','{}',NULL,2,'degraded_performance','2020-12-07 11:20:00.000000',0,0,'2020-12-07','2020-12-07 11:00:00.000000','2020-12-07 11:20:00.000000');
INSERT INTO "components" VALUES('cqewfdg70awp','messages','{"it": "Messaggi", "en": "Messages"}','{}',NULL,3,'partial_outage','2020-12-07 11:26:00.000000',1,0,'2020-12-07','2020-12-07 11:00:00.000000','2020-12-07 11:26:00.000000');
CREATE TABLE corrections (
	id INTEGER NOT NULL, 
	update_id VARCHAR(12) NOT NULL, 
	at DATETIME NOT NULL, 
	"before" JSON NOT NULL, 
	reason JSON NOT NULL, 
	author_id VARCHAR(12) NOT NULL, 
	CONSTRAINT pk_corrections PRIMARY KEY (id), 
	CONSTRAINT fk_corrections_author_id_operators FOREIGN KEY(author_id) REFERENCES operators (id), 
	CONSTRAINT fk_corrections_update_id_incident_updates FOREIGN KEY(update_id) REFERENCES incident_updates (id)
);
INSERT INTO "corrections" VALUES(1,'1suzi6hsfatd','2020-12-07 11:06:00.000000','{"it": {"headline": "Novit\u00e0", "short": "Novit\u00e0 in breve", "body": "Novit\u00e0 per esteso."}, "en": {"headline": "Novit\u00e0!", "short": "Novit\u00e0 in short", "body": "Novit\u00e0 at length."}}','{"it": "L\u2019orario era sbagliato", "en": "The time was wrong"}','o8grp4jrupcf');
CREATE TABLE deliveries (
	id INTEGER NOT NULL, 
	publication_id VARCHAR(12) NOT NULL, 
	channel VARCHAR(40) NOT NULL, 
	recipient VARCHAR(254) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	thread VARCHAR(12) NOT NULL, 
	seq INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	due_at DATETIME NOT NULL, 
	not_before DATETIME NOT NULL, 
	expires_at DATETIME, 
	attempts INTEGER NOT NULL, 
	lease_until DATETIME, 
	claimed_by VARCHAR(60), 
	text TEXT, 
	fallback BOOLEAN NOT NULL, 
	standalone BOOLEAN NOT NULL, 
	remote_id VARCHAR(255), 
	remote_url TEXT, 
	remote_extra JSON NOT NULL, 
	error TEXT, 
	sent_at DATETIME, 
	settled_at DATETIME, 
	look_at DATETIME, 
	looks INTEGER NOT NULL, 
	CONSTRAINT pk_deliveries PRIMARY KEY (id), 
	CONSTRAINT fk_deliveries_publication_id_publications FOREIGN KEY(publication_id) REFERENCES publications (id), 
	CONSTRAINT uq_deliveries_publication_id_channel_recipient UNIQUE (publication_id, channel, recipient)
);
INSERT INTO "deliveries" VALUES(1,'r242dboc67j2','x','','sent','zaze4zyyov2z',11,'2020-12-07 11:00:00.000000','2020-12-07 11:00:00.000000','2020-12-07 11:00:00.000000','2020-12-07 12:00:00.000000',1,NULL,NULL,'Guasto in breve',0,0,'101','https://x.com/i/status/101','{}',NULL,'2020-12-07 11:00:00.000000','2020-12-07 11:00:00.000000','2020-12-07 11:00:20.000000',0);
INSERT INTO "deliveries" VALUES(2,'r242dboc67j2','log','','verified','zaze4zyyov2z',11,'2020-12-07 11:00:00.000000','2020-12-07 11:00:00.000000','2020-12-07 11:00:00.000000','2020-12-07 12:00:00.000000',1,NULL,NULL,'Lavori in short
https://stato.example.it/en/incidents/zaze4zyyov2z/?u=1',0,0,'r242dboc67j2-log',NULL,'{}',NULL,'2020-12-07 11:00:00.000000','2020-12-07 11:00:00.000000',NULL,1);
INSERT INTO "deliveries" VALUES(3,'asyo09s67i8w','x','','sent','4o0efwdz9u9m',14,'2020-12-07 11:01:00.000000','2020-12-07 11:01:00.000000','2020-12-07 11:01:00.000000','2020-12-08 11:01:00.000000',1,NULL,NULL,'Guasto in breve',0,0,'102','https://x.com/i/status/102','{}',NULL,'2020-12-07 11:01:00.000000','2020-12-07 11:01:00.000000','2020-12-07 11:01:20.000000',0);
INSERT INTO "deliveries" VALUES(4,'asyo09s67i8w','log','','verified','4o0efwdz9u9m',14,'2020-12-07 11:01:00.000000','2020-12-07 11:01:00.000000','2020-12-07 11:01:00.000000','2020-12-08 11:01:00.000000',1,NULL,NULL,'Guasto in short
https://stato.example.it/en/incidents/4o0efwdz9u9m/?u=1',0,0,'asyo09s67i8w-log',NULL,'{}',NULL,'2020-12-07 11:01:00.000000','2020-12-07 11:01:00.000000',NULL,1);
INSERT INTO "deliveries" VALUES(5,'sdaeeiqcszda','x','','sent','4o0efwdz9u9m',16,'2020-12-07 11:05:00.000000','2020-12-07 11:05:00.000000','2020-12-07 11:05:00.000000','2020-12-08 11:05:00.000000',1,NULL,NULL,'Guasto in breve',0,0,'103','https://x.com/i/status/103','{}',NULL,'2020-12-07 11:05:00.000000','2020-12-07 11:05:00.000000','2020-12-07 11:05:20.000000',0);
INSERT INTO "deliveries" VALUES(6,'sdaeeiqcszda','log','','verified','4o0efwdz9u9m',16,'2020-12-07 11:05:00.000000','2020-12-07 11:05:00.000000','2020-12-07 11:05:00.000000','2020-12-08 11:05:00.000000',1,NULL,NULL,'Novità in short
https://stato.example.it/en/incidents/4o0efwdz9u9m/?u=2',0,0,'sdaeeiqcszda-log',NULL,'{}',NULL,'2020-12-07 11:05:00.000000','2020-12-07 11:05:00.000000',NULL,1);
INSERT INTO "deliveries" VALUES(7,'5xhgegel4fnh','x','','failed','4o0efwdz9u9m',17,'2020-12-07 11:05:00.000000','2020-12-07 11:05:00.000000','2020-12-07 11:05:00.000000','2020-12-08 11:05:00.000000',1,NULL,NULL,NULL,0,0,NULL,NULL,'{}','the network refuses this text',NULL,'2020-12-07 11:06:00.000000',NULL,0);
INSERT INTO "deliveries" VALUES(8,'5xhgegel4fnh','log','','verified','4o0efwdz9u9m',17,'2020-12-07 11:05:00.000000','2020-12-07 11:05:00.000000','2020-12-07 11:05:00.000000','2020-12-08 11:05:00.000000',1,NULL,NULL,'We know of no data lost or seen by others. If this changes, we will write it here. Give nobody your password, PIN or codes: we do not ask for them.
https://stato.example.it/en/incidents/4o0efwdz9u9m/?u=2',0,0,'5xhgegel4fnh-log',NULL,'{}',NULL,'2020-12-07 11:05:00.000000','2020-12-07 11:05:00.000000',NULL,1);
INSERT INTO "deliveries" VALUES(9,'kuu1e2ho3n5b','x','','superseded','4o0efwdz9u9m',19,'2020-12-07 11:06:00.000000','2020-12-07 11:06:00.000000','2020-12-07 11:06:00.000000','2020-12-08 11:06:00.000000',0,NULL,NULL,NULL,0,0,NULL,NULL,'{}','a later update of the same thread says the latest state',NULL,'2020-12-07 11:09:00.000000',NULL,0);
INSERT INTO "deliveries" VALUES(10,'kuu1e2ho3n5b','log','','verified','4o0efwdz9u9m',19,'2020-12-07 11:06:00.000000','2020-12-07 11:06:00.000000','2020-12-07 11:06:00.000000','2020-12-08 11:06:00.000000',1,NULL,NULL,'Correction: Corretto in short
https://stato.example.it/en/incidents/4o0efwdz9u9m/?u=2',0,0,'kuu1e2ho3n5b-log',NULL,'{}',NULL,'2020-12-07 11:06:00.000000','2020-12-07 11:06:00.000000',NULL,1);
INSERT INTO "deliveries" VALUES(11,'lp7lmtfslaaq','x','','sent','4o0efwdz9u9m',20,'2020-12-07 11:09:00.000000','2020-12-07 11:09:00.000000','2020-12-07 11:09:00.000000','2020-12-08 11:09:00.000000',1,NULL,NULL,'Guasto in breve',0,0,'104','https://x.com/i/status/104','{}',NULL,'2020-12-07 11:09:00.000000','2020-12-07 11:09:00.000000','2020-12-07 11:09:20.000000',0);
INSERT INTO "deliveries" VALUES(12,'lp7lmtfslaaq','log','','verified','4o0efwdz9u9m',20,'2020-12-07 11:09:00.000000','2020-12-07 11:09:00.000000','2020-12-07 11:09:00.000000','2020-12-08 11:09:00.000000',1,NULL,NULL,'Fatto in short
https://stato.example.it/en/incidents/4o0efwdz9u9m/?u=3',0,0,'lp7lmtfslaaq-log',NULL,'{}',NULL,'2020-12-07 11:09:00.000000','2020-12-07 11:09:00.000000',NULL,1);
INSERT INTO "deliveries" VALUES(13,'a0askydpbg6s','x','','sent','sp8hym7tixe7',22,'2020-12-07 11:20:00.000000','2020-12-07 11:20:00.000000','2020-12-07 11:20:00.000000','2020-12-08 11:20:00.000000',1,NULL,NULL,'Guasto in breve',0,0,'105','https://x.com/i/status/105','{}',NULL,'2020-12-07 11:20:00.000000','2020-12-07 11:20:00.000000','2020-12-07 11:20:20.000000',0);
INSERT INTO "deliveries" VALUES(14,'a0askydpbg6s','log','','verified','sp8hym7tixe7',22,'2020-12-07 11:20:00.000000','2020-12-07 11:20:00.000000','2020-12-07 11:20:00.000000','2020-12-08 11:20:00.000000',1,NULL,NULL,'Guasto in short
https://stato.example.it/en/incidents/sp8hym7tixe7/?u=1',0,0,'a0askydpbg6s-log',NULL,'{}',NULL,'2020-12-07 11:20:00.000000','2020-12-07 11:20:00.000000',NULL,1);
INSERT INTO "deliveries" VALUES(15,'vux5g1vbi4f6','x','','unconfirmed','sp8hym7tixe7',24,'2020-12-07 11:22:00.000000','2020-12-07 11:22:00.000000','2020-12-07 11:22:00.000000','2020-12-08 11:22:00.000000',1,NULL,NULL,NULL,0,0,NULL,NULL,'{}','the connection was cut',NULL,'2020-12-07 11:22:00.000000','2020-12-07 11:22:00.000000',0);
INSERT INTO "deliveries" VALUES(16,'vux5g1vbi4f6','log','','verified','sp8hym7tixe7',24,'2020-12-07 11:22:00.000000','2020-12-07 11:22:00.000000','2020-12-07 11:22:00.000000','2020-12-08 11:22:00.000000',1,NULL,NULL,'Novità in short
https://stato.example.it/en/incidents/sp8hym7tixe7/?u=2',0,0,'vux5g1vbi4f6-log',NULL,'{}',NULL,'2020-12-07 11:22:00.000000','2020-12-07 11:22:00.000000',NULL,1);
INSERT INTO "deliveries" VALUES(17,'csx127xzq89b','x','','sending','lgqix2m8mdtk',25,'2020-12-07 11:23:00.000000','2020-12-07 11:23:00.000000','2020-12-07 11:23:00.000000','2020-12-09 11:00:00.000000',1,'2020-12-07 11:24:30.000000','old:1:1',NULL,0,0,NULL,NULL,'{}',NULL,NULL,NULL,NULL,0);
INSERT INTO "deliveries" VALUES(18,'csx127xzq89b','log','','sent','lgqix2m8mdtk',25,'2020-12-07 11:23:00.000000','2020-12-07 11:23:00.000000','2020-12-07 11:23:00.000000','2020-12-09 11:00:00.000000',1,NULL,NULL,'Lavori in short
https://stato.example.it/en/incidents/lgqix2m8mdtk/?u=1',0,0,'csx127xzq89b-log',NULL,'{}',NULL,'2020-12-07 11:23:00.000000','2020-12-07 11:23:00.000000','2020-12-07 11:23:20.000000',0);
INSERT INTO "deliveries" VALUES(19,'kv6juck3wlue','x','','pending','wz2ouxoqocs4',28,'2020-12-07 11:26:00.000000','2020-12-07 11:26:00.000000','2020-12-07 11:26:00.000000','2020-12-08 11:26:00.000000',0,NULL,NULL,NULL,0,0,NULL,NULL,'{}',NULL,NULL,NULL,NULL,0);
INSERT INTO "deliveries" VALUES(20,'kv6juck3wlue','log','','pending','wz2ouxoqocs4',28,'2020-12-07 11:26:00.000000','2020-12-07 11:26:00.000000','2020-12-07 11:26:00.000000','2020-12-08 11:26:00.000000',0,NULL,NULL,NULL,0,0,NULL,NULL,'{}',NULL,NULL,NULL,NULL,0);
CREATE TABLE drafts (
	id VARCHAR(12) NOT NULL, 
	action VARCHAR(40) NOT NULL, 
	input JSON NOT NULL, 
	incident_id VARCHAR(12), 
	version INTEGER, 
	why TEXT NOT NULL, 
	author_id VARCHAR(12) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_drafts PRIMARY KEY (id), 
	CONSTRAINT fk_drafts_author_id_operators FOREIGN KEY(author_id) REFERENCES operators (id), 
	CONSTRAINT fk_drafts_incident_id_incidents FOREIGN KEY(incident_id) REFERENCES incidents (id)
);
INSERT INTO "drafts" VALUES('ljegwf4cwmmu','post_update','{"texts": {"it": {"headline": "Bozza", "short": "Bozza in breve", "body": "Bozza per esteso."}, "en": {"headline": "Bozza!", "short": "Bozza in short", "body": "Bozza at length."}}, "incident": "slow", "status": "monitoring"}','sp8hym7tixe7',3,'','o8grp4jrupcf','2020-12-07 11:24:00.000000');
CREATE TABLE events (
	seq INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	operator_id VARCHAR(12), 
	incident_id VARCHAR(12), 
	months VARCHAR(120) NOT NULL, 
	public BOOLEAN NOT NULL, 
	data JSON NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (seq), 
	CONSTRAINT fk_events_operator_id_operators FOREIGN KEY(operator_id) REFERENCES operators (id)
);
INSERT INTO "events" VALUES(1,'2020-12-07 11:00:00.000000','operator_added','uurfr2r6xzlv',NULL,'',0,'{"operator": "1ythsjwhdcaw", "role": "admin"}');
INSERT INTO "events" VALUES(2,'2020-12-07 11:00:00.000000','operator_added','uurfr2r6xzlv',NULL,'',0,'{"operator": "o8grp4jrupcf", "role": "author"}');
INSERT INTO "events" VALUES(3,'2020-12-07 11:00:00.000000','operator_added','uurfr2r6xzlv',NULL,'',0,'{"operator": "291iz2rje7xr", "role": "approver"}');
INSERT INTO "events" VALUES(4,'2020-12-07 11:00:00.000000','operator_added','uurfr2r6xzlv',NULL,'',0,'{"operator": "0u6abnwxydar", "role": "author"}');
INSERT INTO "events" VALUES(5,'2020-12-07 11:00:00.000000','operator_disabled','uurfr2r6xzlv',NULL,'',0,'{"operator": "0u6abnwxydar"}');
INSERT INTO "events" VALUES(6,'2020-12-07 11:00:00.000000','group_saved','1ythsjwhdcaw',NULL,'',1,'{"group": "money", "name": {"it": "Pagamenti", "en": "Payments"}}');
INSERT INTO "events" VALUES(7,'2020-12-07 11:00:00.000000','component_saved','1ythsjwhdcaw',NULL,'',1,'{"component": "wallet", "name": {"it": "Portafoglio", "en": "Wallet"}, "hidden": false}');
INSERT INTO "events" VALUES(8,'2020-12-07 11:00:00.000000','component_saved','1ythsjwhdcaw',NULL,'',1,'{"component": "login", "name": {"it": "Accesso", "en": "Sign-in"}, "hidden": false}');
INSERT INTO "events" VALUES(9,'2020-12-07 11:00:00.000000','component_saved','1ythsjwhdcaw',NULL,'',1,'{"component": "messages", "name": {"it": "Messaggi", "en": "Messages"}, "hidden": true}');
INSERT INTO "events" VALUES(10,'2020-12-07 11:00:00.000000','incident_backdated','1ythsjwhdcaw','xcs3gbb55rdn','2020-12',1,'{"update": 1}');
INSERT INTO "events" VALUES(11,'2020-12-07 11:00:00.000000','scheduled','o8grp4jrupcf','zaze4zyyov2z','2020-12',1,'{"update": 1}');
INSERT INTO "events" VALUES(12,'2020-12-07 11:00:00.000000','delivery_sent',NULL,'zaze4zyyov2z','2020-12',1,'{"delivery": 1, "channel": "x"}');
INSERT INTO "events" VALUES(13,'2020-12-07 11:01:00.000000','notice_came_true','o8grp4jrupcf','zaze4zyyov2z','2020-12',1,'{}');
INSERT INTO "events" VALUES(14,'2020-12-07 11:01:00.000000','incident_declared','o8grp4jrupcf','4o0efwdz9u9m','2020-12',1,'{"update": 1, "status": "investigating", "components": {"wallet": ["operational", "major_outage"]}}');
INSERT INTO "events" VALUES(15,'2020-12-07 11:01:00.000000','delivery_sent',NULL,'4o0efwdz9u9m','2020-12',1,'{"delivery": 3, "channel": "x"}');
INSERT INTO "events" VALUES(16,'2020-12-07 11:05:00.000000','update_posted','o8grp4jrupcf','4o0efwdz9u9m','2020-12',1,'{"update": 2, "status": "identified", "components": {}}');
INSERT INTO "events" VALUES(17,'2020-12-07 11:05:00.000000','answer_posted','o8grp4jrupcf','4o0efwdz9u9m','2020-12',1,'{"update": 2, "answer": "is-my-data-safe"}');
INSERT INTO "events" VALUES(18,'2020-12-07 11:05:00.000000','delivery_sent',NULL,'4o0efwdz9u9m','2020-12',1,'{"delivery": 5, "channel": "x"}');
INSERT INTO "events" VALUES(19,'2020-12-07 11:06:00.000000','update_corrected','o8grp4jrupcf','4o0efwdz9u9m','2020-12',1,'{"update": 2, "reason": {"it": "L\u2019orario era sbagliato", "en": "The time was wrong"}}');
INSERT INTO "events" VALUES(20,'2020-12-07 11:09:00.000000','update_posted','o8grp4jrupcf','4o0efwdz9u9m','2020-12',1,'{"update": 3, "status": "resolved", "components": {"wallet": ["major_outage", "operational"]}}');
INSERT INTO "events" VALUES(21,'2020-12-07 11:09:00.000000','delivery_sent',NULL,'4o0efwdz9u9m','2020-12',1,'{"delivery": 11, "channel": "x"}');
INSERT INTO "events" VALUES(22,'2020-12-07 11:20:00.000000','incident_declared','o8grp4jrupcf','sp8hym7tixe7','2020-12',1,'{"update": 1, "status": "investigating", "components": {"login": ["operational", "degraded_performance"]}}');
INSERT INTO "events" VALUES(23,'2020-12-07 11:20:00.000000','delivery_sent',NULL,'sp8hym7tixe7','2020-12',1,'{"delivery": 13, "channel": "x"}');
INSERT INTO "events" VALUES(24,'2020-12-07 11:22:00.000000','update_posted','o8grp4jrupcf','sp8hym7tixe7','2020-12',1,'{"update": 2, "status": "investigating", "components": {}}');
INSERT INTO "events" VALUES(25,'2020-12-07 11:23:00.000000','scheduled','o8grp4jrupcf','lgqix2m8mdtk','2020-12',1,'{"update": 1}');
INSERT INTO "events" VALUES(26,'2020-12-07 11:24:00.000000','answer_attached','1ythsjwhdcaw',NULL,'',1,'{"answer": "is-my-data-safe", "component": null}');
INSERT INTO "events" VALUES(27,'2020-12-07 11:24:00.000000','draft_saved','o8grp4jrupcf',NULL,'',0,'{"draft": "ljegwf4cwmmu", "action": "post_update", "why": ""}');
INSERT INTO "events" VALUES(28,'2020-12-07 11:26:00.000000','incident_declared','o8grp4jrupcf','wz2ouxoqocs4','2020-12',1,'{"update": 1, "status": "investigating", "components": {"messages": ["operational", "partial_outage"]}}');
INSERT INTO "events" VALUES(29,'2020-12-07 11:27:00.000000','channel_set','291iz2rje7xr',NULL,'',0,'{"channel": "log", "state": "paused", "why": "prova dei canali"}');
CREATE TABLE incident_updates (
	id VARCHAR(12) NOT NULL, 
	incident_id VARCHAR(12) NOT NULL, 
	number INTEGER NOT NULL, 
	"key" VARCHAR(80), 
	status VARCHAR(40) NOT NULL, 
	texts JSON NOT NULL, 
	template VARCHAR(120), 
	fields JSON NOT NULL, 
	figures JSON NOT NULL, 
	answers JSON NOT NULL, 
	still_cannot JSON NOT NULL, 
	next_update_by DATETIME, 
	late_by INTEGER, 
	internal_note TEXT NOT NULL, 
	origin VARCHAR(40) NOT NULL, 
	author_id VARCHAR(12) NOT NULL, 
	at DATETIME NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME, 
	retracted_at DATETIME, 
	retraction_reason JSON NOT NULL, 
	CONSTRAINT pk_incident_updates PRIMARY KEY (id), 
	CONSTRAINT fk_incident_updates_author_id_operators FOREIGN KEY(author_id) REFERENCES operators (id), 
	CONSTRAINT fk_incident_updates_incident_id_incidents FOREIGN KEY(incident_id) REFERENCES incidents (id), 
	CONSTRAINT uq_incident_updates_incident_id_number UNIQUE (incident_id, number)
);
INSERT INTO "incident_updates" VALUES('lqu36ava320m','xcs3gbb55rdn',1,NULL,'resolved','{"it": {"headline": "Ieri", "short": "Ieri in breve", "body": "Ieri per esteso."}, "en": {"headline": "Ieri!", "short": "Ieri in short", "body": "Ieri at length."}}',NULL,'{}','[]','[]','{}',NULL,NULL,'','operator','1ythsjwhdcaw','2020-12-06 17:00:00.000000','2020-12-07 11:00:00.000000',NULL,NULL,'{}');
INSERT INTO "incident_updates" VALUES('kspghvz77pqp','zaze4zyyov2z',1,NULL,'scheduled','{"it": {"headline": "Lavori", "short": "Lavori in breve", "body": "Lavori per esteso."}, "en": {"headline": "Lavori!", "short": "Lavori in short", "body": "Lavori at length."}}',NULL,'{}','[]','[]','{}',NULL,NULL,'','operator','o8grp4jrupcf','2020-12-07 11:00:00.000000','2020-12-07 11:00:00.000000',NULL,NULL,'{}');
INSERT INTO "incident_updates" VALUES('11ag948oi1gd','zaze4zyyov2z',2,NULL,'completed','{"it": {"headline": "Si \u00e8 verificato: Lavori al Portafoglio", "short": "Quello di cui avevamo avvisato si \u00e8 verificato: Lavori al Portafoglio.", "body": "Quello di cui avevamo avvisato si \u00e8 verificato. Gli aggiornamenti continuano nella pagina del problema."}, "en": {"headline": "It happened: Wallet maintenance", "short": "What we had warned of has happened: Wallet maintenance.", "body": "What we had warned of has happened. Updates go on in the page of the problem."}}',NULL,'{}','[]','[]','{}',NULL,NULL,'','automatic','o8grp4jrupcf','2020-12-07 11:01:00.000000','2020-12-07 11:01:00.000000',NULL,NULL,'{}');
INSERT INTO "incident_updates" VALUES('0vlopscfnz3s','4o0efwdz9u9m',1,NULL,'investigating','{"it": {"headline": "Guasto", "short": "Guasto in breve", "body": "Guasto per esteso."}, "en": {"headline": "Guasto!", "short": "Guasto in short", "body": "Guasto at length."}}',NULL,'{}','[]','[]','{}','2020-12-07 12:00:00.000000',NULL,'','operator','o8grp4jrupcf','2020-12-07 11:01:00.000000','2020-12-07 11:01:00.000000',NULL,NULL,'{}');
INSERT INTO "incident_updates" VALUES('1suzi6hsfatd','4o0efwdz9u9m',2,NULL,'identified','{"it": {"headline": "Corretto", "short": "Corretto in breve", "body": "Corretto per esteso."}, "en": {"headline": "Corretto!", "short": "Corretto in short", "body": "Corretto at length."}}',NULL,'{}','[]','[{"key": "is-my-data-safe", "fields": {}, "texts": {"it": {"question": "I miei dati sono al sicuro?", "short": "Non ci risultano dati persi n\u00e9 visti da altri. Se questo cambia, lo scriviamo qui. Non dare a nessuno password, PIN o codici: noi non li chiediamo.", "answer": "Non ci risultano dati persi n\u00e9 visti da altri. Se questo cambia, lo scriviamo qui.\n\nUn servizio lento o fermo non vuol dire che i dati siano andati persi.\n\nNon dare a nessuno password, PIN o codici della carta. Noi non li chiediamo per telefono, per e-mail o sui social."}, "en": {"question": "Is my data safe?", "short": "We know of no data lost or seen by others. If this changes, we will write it here. Give nobody your password, PIN or codes: we do not ask for them.", "answer": "We know of no data lost or seen by others. If this changes, we will write it here.\n\nA slow or stopped service does not mean that data has been lost.\n\nGive nobody your password, PIN or card codes. We do not ask for them by phone, by e-mail or on social networks."}}, "dates": {}}]','{}',NULL,NULL,'','operator','o8grp4jrupcf','2020-12-07 11:05:00.000000','2020-12-07 11:05:00.000000','2020-12-07 11:06:00.000000',NULL,'{}');
INSERT INTO "incident_updates" VALUES('ca7wenfvamr7','4o0efwdz9u9m',3,NULL,'resolved','{"it": {"headline": "Fatto", "short": "Fatto in breve", "body": "Fatto per esteso."}, "en": {"headline": "Fatto!", "short": "Fatto in short", "body": "Fatto at length."}}',NULL,'{}','[]','[]','{}',NULL,NULL,'','operator','o8grp4jrupcf','2020-12-07 11:09:00.000000','2020-12-07 11:09:00.000000',NULL,NULL,'{}');
INSERT INTO "incident_updates" VALUES('b339e4xd2c5x','sp8hym7tixe7',1,NULL,'investigating','{"it": {"headline": "Guasto", "short": "Guasto in breve", "body": "Guasto per esteso."}, "en": {"headline": "Guasto!", "short": "Guasto in short", "body": "Guasto at length."}}',NULL,'{}','[]','[]','{}','2020-12-07 12:00:00.000000',NULL,'','operator','o8grp4jrupcf','2020-12-07 11:20:00.000000','2020-12-07 11:20:00.000000',NULL,NULL,'{}');
INSERT INTO "incident_updates" VALUES('mzyuf2dkho7d','sp8hym7tixe7',2,NULL,'investigating','{"it": {"headline": "Novit\u00e0", "short": "Novit\u00e0 in breve", "body": "Novit\u00e0 per esteso."}, "en": {"headline": "Novit\u00e0!", "short": "Novit\u00e0 in short", "body": "Novit\u00e0 at length."}}',NULL,'{}','[]','[]','{}',NULL,NULL,'','operator','o8grp4jrupcf','2020-12-07 11:22:00.000000','2020-12-07 11:22:00.000000',NULL,NULL,'{}');
INSERT INTO "incident_updates" VALUES('l7o3di3j8yfm','lgqix2m8mdtk',1,NULL,'scheduled','{"it": {"headline": "Lavori", "short": "Lavori in breve", "body": "Lavori per esteso."}, "en": {"headline": "Lavori!", "short": "Lavori in short", "body": "Lavori at length."}}',NULL,'{}','[]','[]','{}',NULL,NULL,'','operator','o8grp4jrupcf','2020-12-07 11:23:00.000000','2020-12-07 11:23:00.000000',NULL,NULL,'{}');
INSERT INTO "incident_updates" VALUES('jm6k5xy4g8cy','wz2ouxoqocs4',1,NULL,'investigating','{"it": {"headline": "Guasto", "short": "Guasto in breve", "body": "Guasto per esteso."}, "en": {"headline": "Guasto!", "short": "Guasto in short", "body": "Guasto at length."}}',NULL,'{}','[]','[]','{}',NULL,NULL,'','operator','o8grp4jrupcf','2020-12-07 11:26:00.000000','2020-12-07 11:26:00.000000',NULL,NULL,'{}');
CREATE TABLE incidents (
	id VARCHAR(12) NOT NULL, 
	number INTEGER NOT NULL, 
	"key" VARCHAR(80), 
	kind VARCHAR(40) NOT NULL, 
	name JSON NOT NULL, 
	status VARCHAR(40) NOT NULL, 
	impact VARCHAR(40) NOT NULL, 
	origin VARCHAR(40) NOT NULL, 
	backdated BOOLEAN NOT NULL, 
	started_at DATETIME NOT NULL, 
	month VARCHAR(7) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	monitoring_at DATETIME, 
	resolved_at DATETIME, 
	cancelled_at DATETIME, 
	closed_at DATETIME, 
	scheduled_for DATETIME, 
	scheduled_until DATETIME, 
	starts_itself BOOLEAN NOT NULL, 
	ends_itself BOOLEAN NOT NULL, 
	next_update_by DATETIME, 
	notice_id VARCHAR(12), 
	version INTEGER NOT NULL, 
	updated_by VARCHAR(12) NOT NULL, 
	CONSTRAINT pk_incidents PRIMARY KEY (id), 
	CONSTRAINT fk_incidents_notice_id_incidents FOREIGN KEY(notice_id) REFERENCES incidents (id), 
	CONSTRAINT fk_incidents_updated_by_operators FOREIGN KEY(updated_by) REFERENCES operators (id), 
	CONSTRAINT uq_incidents_key UNIQUE ("key"), 
	CONSTRAINT uq_incidents_notice_id UNIQUE (notice_id), 
	CONSTRAINT uq_incidents_number UNIQUE (number)
);
INSERT INTO "incidents" VALUES('xcs3gbb55rdn',1,NULL,'incident','{"it": "Ieri", "en": "Yesterday"}','resolved','major','operator',1,'2020-12-06 15:00:00.000000','2020-12','2020-12-07 11:00:00.000000','2020-12-07 11:00:00.000000',NULL,'2020-12-06 17:00:00.000000',NULL,'2020-12-06 17:00:00.000000',NULL,NULL,1,1,NULL,NULL,1,'1ythsjwhdcaw');
INSERT INTO "incidents" VALUES('zaze4zyyov2z',2,'launch','advance_notice','{"it": "Lavori al Portafoglio", "en": "Wallet maintenance"}','completed','none','operator',0,'2020-12-07 12:00:00.000000','2020-12','2020-12-07 11:00:00.000000','2020-12-07 11:01:00.000000',NULL,'2020-12-07 11:01:00.000000',NULL,'2020-12-07 11:01:00.000000','2020-12-07 12:00:00.000000','2020-12-07 14:00:00.000000',1,1,NULL,NULL,2,'o8grp4jrupcf');
INSERT INTO "incidents" VALUES('4o0efwdz9u9m',3,'crash','incident','{"it": "Portafoglio non disponibile", "en": "Wallet unavailable"}','resolved','critical','operator',0,'2020-12-07 11:01:00.000000','2020-12','2020-12-07 11:01:00.000000','2020-12-07 11:09:00.000000',NULL,'2020-12-07 11:09:00.000000',NULL,'2020-12-07 11:09:00.000000',NULL,NULL,1,1,NULL,'zaze4zyyov2z',5,'o8grp4jrupcf');
INSERT INTO "incidents" VALUES('sp8hym7tixe7',4,'slow','incident','{"it": "Accesso lento", "en": "Slow sign-in"}','investigating','minor','operator',0,'2020-12-07 11:20:00.000000','2020-12','2020-12-07 11:20:00.000000','2020-12-07 11:22:00.000000',NULL,NULL,NULL,NULL,NULL,NULL,1,1,NULL,NULL,3,'o8grp4jrupcf');
INSERT INTO "incidents" VALUES('lgqix2m8mdtk',5,'work','maintenance','{"it": "Lavori al Portafoglio", "en": "Wallet maintenance"}','scheduled','maintenance','operator',0,'2020-12-09 11:00:00.000000','2020-12','2020-12-07 11:23:00.000000','2020-12-07 11:23:00.000000',NULL,NULL,NULL,NULL,'2020-12-09 11:00:00.000000','2020-12-09 13:00:00.000000',1,1,NULL,NULL,1,'o8grp4jrupcf');
INSERT INTO "incidents" VALUES('wz2ouxoqocs4',6,'mail','incident','{"it": "Messaggi fermi", "en": "Messages stopped"}','investigating','major','operator',0,'2020-12-07 11:26:00.000000','2020-12','2020-12-07 11:26:00.000000','2020-12-07 11:26:00.000000',NULL,NULL,NULL,NULL,NULL,NULL,1,1,NULL,NULL,2,'o8grp4jrupcf');
CREATE TABLE operators (
	id VARCHAR(12) NOT NULL, 
	login VARCHAR(120) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	role VARCHAR(40) NOT NULL, 
	created_at DATETIME NOT NULL, 
	disabled_at DATETIME, 
	CONSTRAINT pk_operators PRIMARY KEY (id), 
	CONSTRAINT uq_operators_login UNIQUE (login)
);
INSERT INTO "operators" VALUES('uurfr2r6xzlv','avviso','Avviso','admin','2020-12-07 11:00:00.000000',NULL);
INSERT INTO "operators" VALUES('1ythsjwhdcaw','ada','Ada','admin','2020-12-07 11:00:00.000000',NULL);
INSERT INTO "operators" VALUES('o8grp4jrupcf','bea','Bea','author','2020-12-07 11:00:00.000000',NULL);
INSERT INTO "operators" VALUES('291iz2rje7xr','carlo','Carlo','approver','2020-12-07 11:00:00.000000',NULL);
INSERT INTO "operators" VALUES('0u6abnwxydar','gone','Gone','author','2020-12-07 11:00:00.000000','2020-12-07 11:00:00.000000');
CREATE TABLE page (
	id VARCHAR(12) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_page PRIMARY KEY (id)
);
INSERT INTO "page" VALUES('gj1591smn6lv','2020-12-07 11:00:00.000000');
CREATE TABLE publications (
	id VARCHAR(12) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	incident_id VARCHAR(12) NOT NULL, 
	update_id VARCHAR(12), 
	update_number INTEGER, 
	event_seq INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	name JSON NOT NULL, 
	status VARCHAR(40) NOT NULL, 
	texts JSON NOT NULL, 
	reason JSON NOT NULL, 
	figures JSON NOT NULL, 
	next_update_by DATETIME, 
	origin VARCHAR(40) NOT NULL, 
	reference VARCHAR(40) NOT NULL, 
	CONSTRAINT pk_publications PRIMARY KEY (id), 
	CONSTRAINT fk_publications_event_seq_events FOREIGN KEY(event_seq) REFERENCES events (seq), 
	CONSTRAINT fk_publications_incident_id_incidents FOREIGN KEY(incident_id) REFERENCES incidents (id), 
	CONSTRAINT fk_publications_update_id_incident_updates FOREIGN KEY(update_id) REFERENCES incident_updates (id)
);
INSERT INTO "publications" VALUES('r242dboc67j2','update','zaze4zyyov2z','kspghvz77pqp',1,11,'2020-12-07 11:00:00.000000','{"it": "Lavori al Portafoglio", "en": "Wallet maintenance"}','scheduled','{"it": {"headline": "Lavori", "short": "Lavori in breve", "body": "Lavori per esteso."}, "en": {"headline": "Lavori!", "short": "Lavori in short", "body": "Lavori at length."}}','{}','[]',NULL,'operator','2/1');
INSERT INTO "publications" VALUES('asyo09s67i8w','update','4o0efwdz9u9m','0vlopscfnz3s',1,14,'2020-12-07 11:01:00.000000','{"it": "Portafoglio non disponibile", "en": "Wallet unavailable"}','investigating','{"it": {"headline": "Guasto", "short": "Guasto in breve", "body": "Guasto per esteso."}, "en": {"headline": "Guasto!", "short": "Guasto in short", "body": "Guasto at length."}}','{}','[]','2020-12-07 12:00:00.000000','operator','3/1');
INSERT INTO "publications" VALUES('sdaeeiqcszda','update','4o0efwdz9u9m','1suzi6hsfatd',2,16,'2020-12-07 11:05:00.000000','{"it": "Portafoglio non disponibile", "en": "Wallet unavailable"}','identified','{"it": {"headline": "Novit\u00e0", "short": "Novit\u00e0 in breve", "body": "Novit\u00e0 per esteso."}, "en": {"headline": "Novit\u00e0!", "short": "Novit\u00e0 in short", "body": "Novit\u00e0 at length."}}','{}','[]',NULL,'operator','3/2');
INSERT INTO "publications" VALUES('5xhgegel4fnh','answer','4o0efwdz9u9m','1suzi6hsfatd',2,17,'2020-12-07 11:05:00.000000','{"it": "Portafoglio non disponibile", "en": "Wallet unavailable"}','identified','{"it": {"headline": "I miei dati sono al sicuro?", "short": "Non ci risultano dati persi n\u00e9 visti da altri. Se questo cambia, lo scriviamo qui. Non dare a nessuno password, PIN o codici: noi non li chiediamo.", "body": "Non ci risultano dati persi n\u00e9 visti da altri. Se questo cambia, lo scriviamo qui.\n\nUn servizio lento o fermo non vuol dire che i dati siano andati persi.\n\nNon dare a nessuno password, PIN o codici della carta. Noi non li chiediamo per telefono, per e-mail o sui social."}, "en": {"headline": "Is my data safe?", "short": "We know of no data lost or seen by others. If this changes, we will write it here. Give nobody your password, PIN or codes: we do not ask for them.", "body": "We know of no data lost or seen by others. If this changes, we will write it here.\n\nA slow or stopped service does not mean that data has been lost.\n\nGive nobody your password, PIN or card codes. We do not ask for them by phone, by e-mail or on social networks."}}','{}','[]',NULL,'operator','3/2');
INSERT INTO "publications" VALUES('kuu1e2ho3n5b','correction','4o0efwdz9u9m','1suzi6hsfatd',2,19,'2020-12-07 11:06:00.000000','{"it": "Portafoglio non disponibile", "en": "Wallet unavailable"}','identified','{"it": {"headline": "Corretto", "short": "Corretto in breve", "body": "Corretto per esteso."}, "en": {"headline": "Corretto!", "short": "Corretto in short", "body": "Corretto at length."}}','{"it": "L\u2019orario era sbagliato", "en": "The time was wrong"}','[]',NULL,'operator','3/2');
INSERT INTO "publications" VALUES('lp7lmtfslaaq','update','4o0efwdz9u9m','ca7wenfvamr7',3,20,'2020-12-07 11:09:00.000000','{"it": "Portafoglio non disponibile", "en": "Wallet unavailable"}','resolved','{"it": {"headline": "Fatto", "short": "Fatto in breve", "body": "Fatto per esteso."}, "en": {"headline": "Fatto!", "short": "Fatto in short", "body": "Fatto at length."}}','{}','[]',NULL,'operator','3/3');
INSERT INTO "publications" VALUES('a0askydpbg6s','update','sp8hym7tixe7','b339e4xd2c5x',1,22,'2020-12-07 11:20:00.000000','{"it": "Accesso lento", "en": "Slow sign-in"}','investigating','{"it": {"headline": "Guasto", "short": "Guasto in breve", "body": "Guasto per esteso."}, "en": {"headline": "Guasto!", "short": "Guasto in short", "body": "Guasto at length."}}','{}','[]','2020-12-07 12:00:00.000000','operator','4/1');
INSERT INTO "publications" VALUES('vux5g1vbi4f6','update','sp8hym7tixe7','mzyuf2dkho7d',2,24,'2020-12-07 11:22:00.000000','{"it": "Accesso lento", "en": "Slow sign-in"}','investigating','{"it": {"headline": "Novit\u00e0", "short": "Novit\u00e0 in breve", "body": "Novit\u00e0 per esteso."}, "en": {"headline": "Novit\u00e0!", "short": "Novit\u00e0 in short", "body": "Novit\u00e0 at length."}}','{}','[]',NULL,'operator','4/2');
INSERT INTO "publications" VALUES('csx127xzq89b','update','lgqix2m8mdtk','l7o3di3j8yfm',1,25,'2020-12-07 11:23:00.000000','{"it": "Lavori al Portafoglio", "en": "Wallet maintenance"}','scheduled','{"it": {"headline": "Lavori", "short": "Lavori in breve", "body": "Lavori per esteso."}, "en": {"headline": "Lavori!", "short": "Lavori in short", "body": "Lavori at length."}}','{}','[]',NULL,'operator','5/1');
INSERT INTO "publications" VALUES('kv6juck3wlue','update','wz2ouxoqocs4','jm6k5xy4g8cy',1,28,'2020-12-07 11:26:00.000000','{"it": "Messaggi fermi", "en": "Messages stopped"}','investigating','{"it": {"headline": "Guasto", "short": "Guasto in breve", "body": "Guasto per esteso."}, "en": {"headline": "Guasto!", "short": "Guasto in short", "body": "Guasto at length."}}','{}','[]',NULL,'operator','6/1');
CREATE TABLE shown_events (
	target VARCHAR(120) NOT NULL, 
	event_seq INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_shown_events PRIMARY KEY (target)
);
INSERT INTO "shown_events" VALUES('page',1,'2020-12-07 11:00:00.000000');
CREATE TABLE update_components (
	update_id VARCHAR(12) NOT NULL, 
	component_id VARCHAR(12) NOT NULL, 
	position INTEGER NOT NULL, 
	name JSON NOT NULL, 
	old_status VARCHAR(40) NOT NULL, 
	new_status VARCHAR(40) NOT NULL, 
	CONSTRAINT pk_update_components PRIMARY KEY (update_id, component_id), 
	CONSTRAINT fk_update_components_component_id_components FOREIGN KEY(component_id) REFERENCES components (id), 
	CONSTRAINT fk_update_components_update_id_incident_updates FOREIGN KEY(update_id) REFERENCES incident_updates (id)
);
INSERT INTO "update_components" VALUES('0vlopscfnz3s','efkhva4tnwyr',0,'{"it": "Portafoglio", "en": "Wallet"}','operational','major_outage');
INSERT INTO "update_components" VALUES('ca7wenfvamr7','efkhva4tnwyr',0,'{"it": "Portafoglio", "en": "Wallet"}','major_outage','operational');
INSERT INTO "update_components" VALUES('b339e4xd2c5x','11uob7lso57k',0,'{"it": "Accesso", "en": "Sign-in"}','operational','degraded_performance');
INSERT INTO "update_components" VALUES('jm6k5xy4g8cy','cqewfdg70awp',0,'{"it": "Messaggi", "en": "Messages"}','operational','partial_outage');
CREATE INDEX ix_components_group_id ON components (group_id);
CREATE INDEX ix_events_incident_id ON events (incident_id);
CREATE INDEX ix_incidents_closed_at_kind ON incidents (closed_at, kind);
CREATE INDEX ix_incidents_kind_started_at ON incidents (kind, started_at);
CREATE INDEX ix_incidents_month_started_at ON incidents (month, started_at);
CREATE INDEX ix_affected_components_component_id ON affected_components (component_id);
CREATE INDEX ix_component_changes_component_id_at ON component_changes (component_id, at);
CREATE INDEX ix_component_changes_incident_id ON component_changes (incident_id);
CREATE INDEX ix_drafts_incident_id ON drafts (incident_id);
CREATE INDEX ix_corrections_update_id ON corrections (update_id);
CREATE INDEX ix_publications_event_seq ON publications (event_seq);
CREATE INDEX ix_publications_incident_id_event_seq ON publications (incident_id, event_seq);
CREATE INDEX ix_publications_update_id ON publications (update_id);
CREATE INDEX ix_deliveries_channel_look_at ON deliveries (channel, look_at);
CREATE INDEX ix_deliveries_channel_state_not_before ON deliveries (channel, state, not_before);
CREATE INDEX ix_deliveries_channel_thread_seq ON deliveries (channel, thread, seq);
CREATE INDEX ix_deliveries_state ON deliveries (state);
COMMIT;
