BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0007');
CREATE TABLE facts (
	"key" TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	data TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	actor TEXT NOT NULL, 
	delivery TEXT NOT NULL, 
	rule TEXT NOT NULL, 
	PRIMARY KEY ("key", seq), 
	FOREIGN KEY("key") REFERENCES opportunities ("key")
);
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',1,'Opened','{"url":"https://github.com/canada-ca/micro-acquisition/issues/1","author":"client","title":"Azure policies","body":"### Title (English)\n\nAzure policies\n\n### Titre (français)\n\nPolitiques Azure\n\n### What do you need? / Quel est votre besoin?\n\nScripts that set policies\n\n### Fixed price before taxes / Prix fixe avant taxes\n\n$6,500\n\n### Closing date / Date de fermeture\n\n2027-07-12\n\n### Supplier selection date / Date de sélection du fournisseur\n\n2027-07-16\n\n### Work delivery date / Date de livraison du travail\n\n2027-07-30\n\n### Short description (English)\n\nDevelop scripts.\n\n### Courte description (français)\n\nÉlaborer des scripts.\n\n### Required skills (English)\n\nPowerShell, Azure\n\n### Compétences requises (français)\n\nPowerShell, Azure\n\n### Description (English)\n\nThe Cloud team.\n\n### Description (français)\n\nL’équipe infonuagique.\n\n### Opportunity (English)\n\nA script.\n\n### Opportunité (français)\n\nUn script.\n\n### Application evaluation (English)\n\n1. Show your skills.\n\n### Évaluation de la demande (français)\n\n1. Montrez vos compétences.\n\n### Work acceptance criteria (English)\n\n- An MIT licence\n- Every requirement is met\n\n### Critères d''acceptation du travail (français)\n\n- Une licence MIT\n- Toutes les exigences sont satisfaites\n\n### Contact for the Open Resource Exchange / Personne-ressource pour l''Échange de ressources ouvert\n\ncloud@example.gc.ca","adopted":false}','2027-06-21 14:00:03.000000','client','dcbec904-a4c6-4dcd-9053-0acd45f1f0a0','opened');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',2,'Entered','{"step":1}','2027-06-21 14:00:03.000000','micro-acquisition','dcbec904-a4c6-4dcd-9053-0acd45f1f0a0','opened');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',3,'Assigned','{"coordinator":"coordinator"}','2027-06-21 14:00:03.000000','micro-acquisition','dcbec904-a4c6-4dcd-9053-0acd45f1f0a0','least-loaded coordinator');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',4,'Signalled','{"label":"client-verified","on":true}','2027-06-21 14:00:05.000000','coordinator','e33e6682-c046-46f3-889f-0fc5775df50c','label client-verified');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',5,'BoxTicked','{"step":1,"box":"employee","ticked":true}','2027-06-21 14:00:05.000000','coordinator','e33e6682-c046-46f3-889f-0fc5775df50c','label client-verified');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',6,'Entered','{"step":2}','2027-06-21 14:00:05.000000','micro-acquisition','e33e6682-c046-46f3-889f-0fc5775df50c','leave 1/contact');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',7,'BoxTicked','{"step":2,"box":"is-code","ticked":true}','2027-06-21 14:00:06.000000','coordinator','65f07eb6-4ec9-4ffe-8565-3cb44ea8a5be','checklist 2');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',8,'BoxTicked','{"step":2,"box":"within-ceiling","ticked":true}','2027-06-21 14:00:06.000000','coordinator','65f07eb6-4ec9-4ffe-8565-3cb44ea8a5be','checklist 2');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',9,'BoxTicked','{"step":2,"box":"unclassified","ticked":true}','2027-06-21 14:00:06.000000','coordinator','65f07eb6-4ec9-4ffe-8565-3cb44ea8a5be','checklist 2');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',10,'BoxTicked','{"step":2,"box":"open-source","ticked":true}','2027-06-21 14:00:06.000000','coordinator','65f07eb6-4ec9-4ffe-8565-3cb44ea8a5be','checklist 2');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',11,'BoxTicked','{"step":2,"box":"open-repository","ticked":true}','2027-06-21 14:00:06.000000','coordinator','65f07eb6-4ec9-4ffe-8565-3cb44ea8a5be','checklist 2');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',12,'BoxTicked','{"step":2,"box":"not-split","ticked":true}','2027-06-21 14:00:06.000000','coordinator','65f07eb6-4ec9-4ffe-8565-3cb44ea8a5be','checklist 2');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',13,'BoxTicked','{"step":2,"box":"clear-end","ticked":true}','2027-06-21 14:00:06.000000','coordinator','65f07eb6-4ec9-4ffe-8565-3cb44ea8a5be','checklist 2');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',14,'Signalled','{"label":"eligible","on":true}','2027-06-21 14:00:07.000000','coordinator','e6272864-3562-485b-b13a-f292ed513ff8','label eligible');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',15,'Entered','{"step":3}','2027-06-21 14:00:07.000000','micro-acquisition','e6272864-3562-485b-b13a-f292ed513ff8','leave 2/eligibility');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',16,'Signalled','{"label":"description-approved","on":true}','2027-06-21 14:00:08.000000','coordinator','2f2fabfb-0fe1-4d9e-96a7-5cf124396892','label description-approved');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',17,'Entered','{"step":4}','2027-06-21 14:00:08.000000','micro-acquisition','2f2fabfb-0fe1-4d9e-96a7-5cf124396892','leave 3/description');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',18,'Signalled','{"label":"funds-reserved","on":true}','2027-06-21 14:00:10.000000','finance','04ba1e16-8a63-4405-8606-cca98594d885','label funds-reserved');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',19,'PublicationAsked','{}','2027-06-21 14:00:10.000000','finance','04ba1e16-8a63-4405-8606-cca98594d885','label funds-reserved');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',20,'PullRequestSeen','{"kind":"posting","number":2,"url":"https://github.com/canada-ca/micro-acquisition/pull/2","state":"open","author":"","stuck":""}','2027-06-21 14:00:10.000000','micro-acquisition','','pull request');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',21,'PullRequestSeen','{"kind":"posting","number":2,"url":"https://github.com/canada-ca/micro-acquisition/pull/2","state":"closed","author":"","stuck":""}','2027-06-21 14:00:11.000000','coordinator','canada-ca/micro-acquisition!2 d1736ea8ccb0448c 36','pull request');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',22,'PullRequestSeen','{"kind":"posting","number":3,"url":"https://github.com/canada-ca/micro-acquisition/pull/3","state":"open","author":"client","stuck":""}','2027-06-21 14:00:17.000000','client','canada-ca/micro-acquisition!3 1b2676afd3dd0065 39','pull request');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',23,'PullRequestSeen','{"kind":"posting","number":3,"url":"https://github.com/canada-ca/micro-acquisition/pull/3","state":"open","author":"client","stuck":"check"}','2027-06-21 14:00:17.000000','client','canada-ca/micro-acquisition!3 check efd3ab0d9456cfd991a8a832f001a95b846d30ae 40','pull request');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',24,'PullRequestSeen','{"kind":"posting","number":3,"url":"https://github.com/canada-ca/micro-acquisition/pull/3","state":"open","author":"client","stuck":""}','2027-06-21 14:00:17.000000','client','canada-ca/micro-acquisition!3 right 427a68852c20144e806a609418a0ed9d22a0b77f 45','pull request');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',25,'PullRequestSeen','{"kind":"posting","number":3,"url":"https://github.com/canada-ca/micro-acquisition/pull/3","state":"merged","author":"client","stuck":""}','2027-06-21 14:00:19.000000','coordinator','canada-ca/micro-acquisition!3 4006da70cac8cda0 49','pull request');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',26,'Entered','{"step":5}','2027-06-21 14:00:19.000000','micro-acquisition','canada-ca/micro-acquisition!3 4006da70cac8cda0 49','leave 4/posting');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',27,'Rescheduled','{"closing":"2027-07-19","selection":"2027-07-23","delivery":null,"reason":""}','2027-06-21 14:00:20.000000','coordinator','3ce6f3fa-abaf-43ca-87cc-e392d5a82110','extend');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',28,'PullRequestSeen','{"kind":"extension","number":4,"url":"https://github.com/canada-ca/micro-acquisition/pull/4","state":"open","author":"","stuck":""}','2027-06-21 14:00:20.000000','micro-acquisition','','pull request');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',29,'Interested','{"supplier":"supplier-1"}','2027-06-21 14:00:22.000000','supplier-1','25ddc21f-aee7-45c6-ac98-6e7c209d29a9','interested');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',30,'EligibilityConfirmed','{"supplier":"supplier-1"}','2027-06-21 14:00:22.000000','supplier-1','25ddc21f-aee7-45c6-ac98-6e7c209d29a9','interested');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',31,'Interested','{"supplier":"supplier-2"}','2027-06-21 14:00:23.000000','supplier-2','c237c29d-1a30-4424-9b2a-66385ffc6e36','interested');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',32,'EligibilityConfirmed','{"supplier":"supplier-2"}','2027-06-21 14:00:23.000000','supplier-2','c237c29d-1a30-4424-9b2a-66385ffc6e36','interested');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',33,'Reminded','{"what":"closing","day":"2027-07-14","useful":false}','2027-07-20 14:00:00.000000','micro-acquisition','','due');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',34,'ApplicationsClosed','{}','2027-07-20 14:00:00.000000','micro-acquisition','','due');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',35,'Evaluated','{"supplier":"supplier-1","criterion":null,"passed":true,"rationale":"two projects of that kind are described, with links"}','2027-07-20 14:00:01.000000','client','9d3f5fd4-e594-4493-a4d4-0d8c730d588d','evaluate');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',36,'Evaluated','{"supplier":"supplier-2","criterion":null,"passed":true,"rationale":"two projects of that kind are described, with links"}','2027-07-20 14:00:01.000000','client','9d3f5fd4-e594-4493-a4d4-0d8c730d588d','evaluate');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',37,'Entered','{"step":6}','2027-07-20 14:00:01.000000','micro-acquisition','9d3f5fd4-e594-4493-a4d4-0d8c730d588d','leave 5/evaluation');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',38,'DrawAnnounced','{"pool":["supplier-1","supplier-2"],"round":7355387,"due":"2027-07-20T14:10:30Z"}','2027-07-20 14:00:02.000000','coordinator','e5c2c17f-062b-4862-9a7b-776d3b2656f6','draw');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',39,'Drawn','{"order":["supplier-2","supplier-1"],"round":7355387,"randomness":"c98b71117e3f01affab8611bfa45440132b067c177f2dc94adab1780d15cb3b6"}','2027-07-20 14:11:02.000000','micro-acquisition','','due');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',40,'ContractConfirmed','{"supplier":"supplier-2"}','2027-07-20 14:11:04.000000','supplier-2','3d7ca65e-99cb-42b4-8eec-8672f5ada660','confirm');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',41,'RepositoryNamed','{"url":"https://github.com/supplier-2/work-1","name":"supplier-2/work-1","licence":"MIT","licence_url":"https://github.com/supplier-2/work-1/blob/main/LICENSE","languages":[],"homepage":null,"description":null}','2027-07-20 14:11:04.000000','supplier-2','3d7ca65e-99cb-42b4-8eec-8672f5ada660','repo');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',42,'Signalled','{"label":"terms-signed","on":true}','2027-07-20 14:11:06.000000','coordinator','4181daf0-3100-4fe8-b0d8-01d6e7aa9e3d','label terms-signed');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',43,'Entered','{"step":7}','2027-07-20 14:11:06.000000','micro-acquisition','4181daf0-3100-4fe8-b0d8-01d6e7aa9e3d','leave 6/selection');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',44,'PullRequestSeen','{"kind":"winner","number":5,"url":"https://github.com/canada-ca/micro-acquisition/pull/5","state":"open","author":"","stuck":""}','2027-07-20 14:11:06.000000','micro-acquisition','','pull request');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',45,'RepositoryNamed','{"url":"https://github.com/supplier-2/work-1","name":"supplier-2/work-1","licence":"MIT","licence_url":"https://github.com/supplier-2/work-1/blob/main/LICENSE","languages":[],"homepage":null,"description":null}','2027-07-20 14:11:08.000000','supplier-2','356d4e41-d238-49f4-b483-0552253d05d9','deliver');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',46,'Delivered','{"url":"https://github.com/supplier-2/work-1"}','2027-07-20 14:11:08.000000','supplier-2','356d4e41-d238-49f4-b483-0552253d05d9','deliver');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',47,'EvidenceGathered','{"evidence":{"commit":"2f104a7192e1aeb7ae0d96d282e2bd8b5c27ffab","pull_state":null,"checks_passed":0,"checks_failed":0,"checks_pending":0,"failed":[],"approvals":0,"changes_requested":0}}','2027-07-20 14:11:08.000000','supplier-2','356d4e41-d238-49f4-b483-0552253d05d9','deliver');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',48,'CriterionMarked','{"number":1,"passed":true,"note":""}','2027-07-20 14:11:09.000000','client','ec545a32-aaf3-4244-bfe2-557540bb08a8','criterion');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',49,'CriterionMarked','{"number":2,"passed":true,"note":""}','2027-07-20 14:11:09.000000','client','ec545a32-aaf3-4244-bfe2-557540bb08a8','criterion');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',50,'RepositoryNamed','{"url":"https://github.com/supplier-2/work-1","name":"supplier-2/work-1","licence":"MIT","licence_url":"https://github.com/supplier-2/work-1/blob/main/LICENSE","languages":[],"homepage":null,"description":null}','2027-07-20 14:11:09.000000','client','ec545a32-aaf3-4244-bfe2-557540bb08a8','accept');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',51,'EvidenceGathered','{"evidence":{"commit":"2f104a7192e1aeb7ae0d96d282e2bd8b5c27ffab","pull_state":null,"checks_passed":0,"checks_failed":0,"checks_pending":0,"failed":[],"approvals":0,"changes_requested":0}}','2027-07-20 14:11:09.000000','client','ec545a32-aaf3-4244-bfe2-557540bb08a8','accept');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',52,'Accepted','{"on":"2027-07-20"}','2027-07-20 14:11:09.000000','client','ec545a32-aaf3-4244-bfe2-557540bb08a8','accept');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',53,'Entered','{"step":8}','2027-07-20 14:11:09.000000','micro-acquisition','ec545a32-aaf3-4244-bfe2-557540bb08a8','leave 7/assessment');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',54,'PullRequestSeen','{"kind":"work","number":6,"url":"https://github.com/canada-ca/micro-acquisition/pull/6","state":"open","author":"","stuck":""}','2027-07-20 14:11:10.000000','micro-acquisition','','pull request');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',55,'PullRequestSeen','{"kind":"ore","number":1,"url":"https://github.com/canada-ca/ore-ero/pull/1","state":"open","author":"","stuck":""}','2027-07-20 14:11:10.000000','micro-acquisition','','pull request');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',56,'Signalled','{"label":"invoice-received","on":true}','2027-07-20 14:11:12.000000','finance','faa75675-e6bb-4313-83c2-a1b065253ff0','label invoice-received');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',57,'Signalled','{"label":"invoice-approved","on":true}','2027-07-20 14:11:12.000000','finance','f4bd74ff-163a-4a5f-87ea-f40036dc26b3','label invoice-approved');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',58,'Signalled','{"label":"paid","on":true}','2027-07-20 14:11:12.000000','finance','7702d769-530e-4579-8392-be5b5699dff8','label paid');
INSERT INTO "facts" VALUES('canada-ca/micro-acquisition#1',59,'Entered','{"step":9}','2027-07-20 14:11:12.000000','micro-acquisition','7702d769-530e-4579-8392-be5b5699dff8','leave 8/payment');
CREATE TABLE inbox (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	guid TEXT NOT NULL, 
	event TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	received_at DATETIME NOT NULL, 
	body BLOB NOT NULL, 
	done_at DATETIME, 
	tries INTEGER DEFAULT '0' NOT NULL, 
	error TEXT, 
	UNIQUE (guid)
);
CREATE TABLE looks (
	repository TEXT NOT NULL, 
	until DATETIME NOT NULL, 
	PRIMARY KEY (repository)
);
CREATE TABLE opportunities (
	"key" TEXT NOT NULL, 
	repository TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	status TEXT NOT NULL, 
	title TEXT NOT NULL, 
	coordinator TEXT, 
	waiting_since DATETIME, 
	next_due_at DATETIME, 
	unsettled BOOLEAN NOT NULL, 
	changed_at DATETIME NOT NULL, client TEXT, 
	PRIMARY KEY ("key")
);
INSERT INTO "opportunities" VALUES('canada-ca/micro-acquisition#1','canada-ca/micro-acquisition',1,152,9,'active','Azure policies','coordinator',NULL,'2027-07-20 14:26:12.000000',0,'2026-11-30 07:40:17.963344','client');
CREATE TABLE pulls (
	"key" TEXT NOT NULL, 
	repository TEXT NOT NULL, 
	opportunity TEXT NOT NULL, 
	open BOOLEAN NOT NULL, 
	version INTEGER NOT NULL, 
	unsettled BOOLEAN NOT NULL, 
	seen JSON NOT NULL, 
	shown JSON NOT NULL, 
	changed_at DATETIME NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "pulls" VALUES('canada-ca/micro-acquisition!2','canada-ca/micro-acquisition','canada-ca/micro-acquisition#1',0,6,0,'{"told": null, "by": "coordinator", "judged": "", "looks": 0, "looked": "2027-06-21T14:00:11Z"}','{"check": {"digest": "115229ad50c464ae6fd5a027fc3264af572f5a7c9b9b2fd37b938d9a71c71a91", "wanted": null, "remote": {"id": 1111, "head": "a88ccf0637166336366bb8f682444d2c4fede5c2", "remarks": "504441e0899572d9625388555f2fb130b61bab9551beff179468ecb1995996ef", "conclusion": "success"}, "begun": "2027-06-21T14:00:10+00:00"}}','2026-11-30 07:40:11.959627');
INSERT INTO "pulls" VALUES('canada-ca/micro-acquisition!3','canada-ca/micro-acquisition','canada-ca/micro-acquisition#1',0,13,0,'{"told": null, "by": "coordinator", "judged": "", "looks": 0, "looked": "2027-06-21T14:00:19Z"}','{"check": {"digest": "1a10f17a20a94070cbb52264883c048e8ff4ca910c377abbaf0f6a8916b10d38", "wanted": null, "remote": {"id": 1152, "head": "427a68852c20144e806a609418a0ed9d22a0b77f", "remarks": "504441e0899572d9625388555f2fb130b61bab9551beff179468ecb1995996ef", "conclusion": "success"}, "begun": "2027-06-21T14:00:17+00:00"}, "comment coach": {"digest": "26d9e4add98c3b152bcc68fb37633afca50c5a726791c0f212b9c142f8b6574a", "wanted": null, "remote": {"at": "2027-06-21T14:00:17Z", "id": 1128}, "begun": "2027-06-21T14:00:17+00:00"}, "suggestions": {"digest": "suggestions 32a9e89a9ebb74cb", "wanted": null, "remote": {"given": ["015df358b9a2aa97 1", "48ac89d649000fb1 1", "5f49a5483eb72df6 1", "6fc65f1134c0ad52 1", "8debb8e21895034d 1"]}, "begun": "2027-06-21T14:00:17+00:00"}}','2026-11-30 07:40:13.396447');
INSERT INTO "pulls" VALUES('canada-ca/micro-acquisition!4','canada-ca/micro-acquisition','canada-ca/micro-acquisition#1',1,33,0,'{"told": null, "by": "micro-acquisition-bot[bot]", "judged": "b989fc194fc8413308b75a0b5677f248bb39606e 2027-07-20 3b905b821cdb45a1ee635f12856b2e93faa8e8ab0b6e6191ff7a21638463f025", "looks": 0, "looked": "2027-06-21T14:00:20Z"}','{"check": {"digest": "38f710ff35a229b15f55fb85fe760268bd7ac1b5e432bd1fcdac29090122e255", "wanted": null, "remote": {"id": 1194, "head": "e5db2694b6a1338c544804e291e9661025137d58", "remarks": "504441e0899572d9625388555f2fb130b61bab9551beff179468ecb1995996ef", "conclusion": "success"}, "begun": "2027-06-21T14:00:20+00:00"}}','2026-11-30 07:40:17.892966');
INSERT INTO "pulls" VALUES('canada-ca/micro-acquisition!5','canada-ca/micro-acquisition','canada-ca/micro-acquisition#1',1,15,0,'{"told": null, "by": "micro-acquisition-bot[bot]", "judged": "b989fc194fc8413308b75a0b5677f248bb39606e 2027-07-20 075738ed5d14ca55d0691410999bffb51cb854869d20cfd34a4f9c4668871ddd", "looks": 0, "looked": "2027-07-20T14:11:06Z"}','{"check": {"digest": "bef89e2b53573fb805173d9e38a06890933bf4e7dc58848152868c00b822288e", "wanted": null, "remote": {"id": 1292, "head": "1cf4b5d18d92bc32d521b7cfd01ecd451080d0f8", "remarks": "504441e0899572d9625388555f2fb130b61bab9551beff179468ecb1995996ef", "conclusion": "success"}, "begun": "2027-07-20T14:11:06+00:00"}}','2026-11-30 07:40:17.900541');
INSERT INTO "pulls" VALUES('canada-ca/micro-acquisition!6','canada-ca/micro-acquisition','canada-ca/micro-acquisition#1',1,10,0,'{"told": null, "by": "micro-acquisition-bot[bot]", "judged": "b989fc194fc8413308b75a0b5677f248bb39606e 2027-07-20 18f8d6b07a85297f239eabd1ff92247aec542289a0347865b6b9953900129a3f", "looks": 0, "looked": "2027-07-20T14:11:10Z"}','{"check": {"digest": "97808c7c3f252e20251df75ce746071cf838f6e7031d25545a13d657a0b87f4e", "wanted": null, "remote": {"id": 1335, "head": "97005587e108efc155f5561229685b735bc7b2d3", "remarks": "504441e0899572d9625388555f2fb130b61bab9551beff179468ecb1995996ef", "conclusion": "success"}, "begun": "2027-07-20T14:11:10+00:00"}}','2026-11-30 07:40:17.735910');
CREATE TABLE record_skills (
	"key" TEXT NOT NULL, 
	lang TEXT NOT NULL, 
	skill TEXT NOT NULL, 
	written TEXT NOT NULL, 
	PRIMARY KEY ("key", lang, skill)
);
CREATE TABLE record_words (
	"key" TEXT NOT NULL, 
	word TEXT NOT NULL, 
	PRIMARY KEY ("key", word)
);
CREATE TABLE records (
	"key" TEXT NOT NULL, 
	repository TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	phase TEXT NOT NULL, 
	status TEXT NOT NULL, 
	step INTEGER NOT NULL, 
	year INTEGER NOT NULL, 
	amount BIGINT, 
	closing DATE, 
	delivery DATE, 
	updated_at DATETIME NOT NULL, 
	posted_at DATETIME, 
	data TEXT NOT NULL, 
	found_by TEXT NOT NULL, 
	counted TEXT NOT NULL, 
	made_by INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	PRIMARY KEY ("key")
);
CREATE TABLE shown (
	"key" TEXT NOT NULL, 
	thing TEXT NOT NULL, 
	digest TEXT, 
	wanted TEXT, 
	remote JSON NOT NULL, 
	begun DATETIME, 
	PRIMARY KEY ("key", thing), 
	FOREIGN KEY("key") REFERENCES opportunities ("key")
);
INSERT INTO "shown" VALUES('canada-ca/micro-acquisition#1','labels','9/exchange, client-verified, description-approved, eligible, funds-reserved, invoice-approved, invoice-received, paid, terms-signed',NULL,'{"names": ["client-verified", "eligible", "description-approved", "funds-reserved", "terms-signed", "invoice-received", "invoice-approved", "paid", "9/exchange"], "at": "2027-07-20T14:11:12+00:00", "made": {"9/exchange": true, "8/payment": false, "waiting: finance": false}}',NULL);
INSERT INTO "shown" VALUES('canada-ca/micro-acquisition#1','assignees','coordinator',NULL,'{"names": ["coordinator"], "at": "2027-06-21T14:00:03+00:00", "tried": ["coordinator"]}',NULL);
INSERT INTO "shown" VALUES('canada-ca/micro-acquisition#1','state',NULL,NULL,'{"closed": false, "at": "2027-06-21T14:00:03+00:00"}',NULL);
INSERT INTO "shown" VALUES('canada-ca/micro-acquisition#1','comment status','f40dcee8eff40a413a83596cfbda6ee6276d10a3050ce9ba931423fb2d0c17f5',NULL,'{"at": "2027-06-21T14:00:04Z", "id": 1048}','2027-06-21 14:00:04.000000');
INSERT INTO "shown" VALUES('canada-ca/micro-acquisition#1','comment checklist 1','08a88744a8ea8e42f172607675028693ae6040c137fd557b0c9390e106574581',NULL,'{"ticked": ["employee"], "at": "2027-06-21T14:00:04Z", "id": 1050}','2027-06-21 14:00:04.000000');
INSERT INTO "shown" VALUES('canada-ca/micro-acquisition#1','comment guide 3','8deb904bbc1559c80025883b1a430e4151a4d4ac5228455ddef42a6d286fe3d1',NULL,'{"at": "2027-06-21T14:00:07Z", "id": 1075}','2027-06-21 14:00:07.000000');
INSERT INTO "shown" VALUES('canada-ca/micro-acquisition#1','comment reserve 6500.00','fbcfbc30128689ef1c892381c12d093b6d005bd8d269f7b49e14db79e3e2a3db',NULL,'{"at": "2027-06-21T14:00:08Z", "id": 1087}','2027-06-21 14:00:08.000000');
INSERT INTO "shown" VALUES('canada-ca/micro-acquisition#1','pull posting','08f60959e47c61f62a68dabab27f91a83ef3ac8ccca7c53f39960a47a2d446c8',NULL,'{"number": 2, "url": "https://github.com/canada-ca/micro-acquisition/pull/2", "state": "closed", "stuck": "", "branch": "opportunity/1-azure-policies", "round": 1, "again": 0, "head": "a88ccf0637166336366bb8f682444d2c4fede5c2", "onto": "main", "base": "6500348a44404a80ccd52d8d7105e23e1c025062", "source": ["Azure policies", "### Title (English)\n\nAzure policies\n\n### Titre (fran\u00e7ais)\n\nPolitiques Azure\n\n### What do you need? / Quel est votre besoin?\n\nScripts that set policies\n\n### Fixed price before taxes / Prix fixe avant taxes\n\n$6,500\n\n### Closing date / Date de fermeture\n\n2027-07-12\n\n### Supplier selection date / Date de s\u00e9lection du fournisseur\n\n2027-07-16\n\n### Work delivery date / Date de livraison du travail\n\n2027-07-30\n\n### Short description (English)\n\nDevelop scripts.\n\n### Courte description (fran\u00e7ais)\n\n\u00c9laborer des scripts.\n\n### Required skills (English)\n\nPowerShell, Azure\n\n### Comp\u00e9tences requises (fran\u00e7ais)\n\nPowerShell, Azure\n\n### Description (English)\n\nThe Cloud team.\n\n### Description (fran\u00e7ais)\n\nL\u2019\u00e9quipe infonuagique.\n\n### Opportunity (English)\n\nA script.\n\n### Opportunit\u00e9 (fran\u00e7ais)\n\nUn script.\n\n### Application evaluation (English)\n\n1. Show your skills.\n\n### \u00c9valuation de la demande (fran\u00e7ais)\n\n1. Montrez vos comp\u00e9tences.\n\n### Work acceptance criteria (English)\n\n- An MIT licence\n- Every requirement is met\n\n### Crit\u00e8res d''acceptation du travail (fran\u00e7ais)\n\n- Une licence MIT\n- Toutes les exigences sont satisfaites\n\n### Contact for the Open Resource Exchange / Personne-ressource pour l''\u00c9change de ressources ouvert\n\ncloud@example.gc.ca"], "content": "0839eb08d3c16ad9e6691e6ecbe00330d82bf2313fd9f555893afba9ab907eb8", "parts": {}, "proposed": {}, "by": ""}','2027-06-21 14:00:10.000000');
INSERT INTO "shown" VALUES('canada-ca/micro-acquisition#1','pull extension','4f9657f511e508d17bcf7312e9061dbf68d8147959034d3471ff511deb1a0e75',NULL,'{"number": 4, "url": "https://github.com/canada-ca/micro-acquisition/pull/4", "state": "open", "stuck": "", "branch": "opportunity/1--extension", "round": 1, "again": 0, "head": "e5db2694b6a1338c544804e291e9661025137d58", "onto": "main", "base": "b989fc194fc8413308b75a0b5677f248bb39606e", "source": ["", ""], "content": "f128209bb203bf532f920961656dcd9996c5c3d48052509f75b5fae605d67700", "parts": {}, "proposed": {}, "by": ""}','2027-06-21 14:00:20.000000');
INSERT INTO "shown" VALUES('canada-ca/micro-acquisition#1','comment draw 7355387','f9d94b987e5a6d5321c57755c0e03358db971e313ef3fd82187a6cff9791876c',NULL,'{"at": "2027-07-20T14:00:02Z", "id": 1245}','2027-07-20 14:00:02.000000');
INSERT INTO "shown" VALUES('canada-ca/micro-acquisition#1','comment drawn 7355387 supplier-2','4e0871eae4ab949d45b1bfe59a0bdf21a6beef352d98de51dad7ede99f6f0867',NULL,'{"at": "2027-07-20T14:11:02Z", "id": 1252}','2027-07-20 14:11:02.000000');
INSERT INTO "shown" VALUES('canada-ca/micro-acquisition#1','pull winner','a3f9e4eecb81935458b0ae1726ddcb65a92132c0c680f79c9a89f85999e6bf45',NULL,'{"number": 5, "url": "https://github.com/canada-ca/micro-acquisition/pull/5", "state": "open", "stuck": "", "branch": "opportunity/1--winner--2", "round": 2, "again": 0, "head": "1cf4b5d18d92bc32d521b7cfd01ecd451080d0f8", "onto": "main", "base": "b989fc194fc8413308b75a0b5677f248bb39606e", "source": ["", ""], "content": "7d10c74d14edbfc7150031e6b1006a4e1ba435e8e8802733302c506e0f2801ef", "parts": {}, "proposed": {}, "by": ""}','2027-07-20 14:11:06.000000');
INSERT INTO "shown" VALUES('canada-ca/micro-acquisition#1','comment reply 1257','2a33d4bb74713cce04ffb5ada1093f298b146c43532c5dd98faada4d98acd68b',NULL,'{"at": "2027-07-20T14:11:05Z", "id": 1260}','2027-07-20 14:11:05.000000');
INSERT INTO "shown" VALUES('canada-ca/micro-acquisition#1','reaction 1257','+1',NULL,'{"ids": {"+1": 1263}}',NULL);
INSERT INTO "shown" VALUES('canada-ca/micro-acquisition#1','comment begin supplier-2','0303e6ddd08627a15c7de918b608251ad156e54ae861b6012a52f02daf3ff4da',NULL,'{"at": "2027-07-20T14:11:06Z", "id": 1274}','2027-07-20 14:11:06.000000');
INSERT INTO "shown" VALUES('canada-ca/micro-acquisition#1','comment invoice 8','89f7e9baffc88aaa3b42861ae19b3322403aa5eddf887a123130d8742e2fcadd',NULL,'{"at": "2027-07-20T14:11:10Z", "id": 1314}','2027-07-20 14:11:10.000000');
INSERT INTO "shown" VALUES('canada-ca/micro-acquisition#1','pull work','21f3cf6303b5b6afee21a4c2928fb9e8c391b613eddafc4a6e6a2dde1e564d72',NULL,'{"number": 6, "url": "https://github.com/canada-ca/micro-acquisition/pull/6", "state": "open", "stuck": "", "branch": "opportunity/1--work", "round": 1, "again": 0, "head": "97005587e108efc155f5561229685b735bc7b2d3", "onto": "main", "base": "b989fc194fc8413308b75a0b5677f248bb39606e", "source": ["", ""], "content": "d75af2711d4027cd309ff6167db3a225ff56d4c2b6b731368806bba0df42c59e", "parts": {}, "proposed": {}, "by": ""}','2027-07-20 14:11:10.000000');
INSERT INTO "shown" VALUES('canada-ca/micro-acquisition#1','pull ore','2a447f69bce1684f7adbba204fc506e0de60cd6f02fba30ae0aafadfd02f4987',NULL,'{"number": 1, "url": "https://github.com/canada-ca/ore-ero/pull/1", "state": "open", "stuck": "", "branch": "ore/1-azure-policies", "round": 1, "again": 0, "head": "627715c9da90f6395959830d1ab2dfceb998fd00", "onto": "master", "base": "ff9663c05822780e184c692b8b1243656bbb9f6d", "source": ["Azure policies", "### Title (English)\n\nAzure policies\n\n### Titre (fran\u00e7ais)\n\nPolitiques Azure\n\n### What do you need? / Quel est votre besoin?\n\nScripts that set policies\n\n### Fixed price before taxes / Prix fixe avant taxes\n\n$6,500\n\n### Closing date / Date de fermeture\n\n2027-07-12\n\n### Supplier selection date / Date de s\u00e9lection du fournisseur\n\n2027-07-16\n\n### Work delivery date / Date de livraison du travail\n\n2027-07-30\n\n### Short description (English)\n\nDevelop scripts.\n\n### Courte description (fran\u00e7ais)\n\n\u00c9laborer des scripts.\n\n### Required skills (English)\n\nPowerShell, Azure\n\n### Comp\u00e9tences requises (fran\u00e7ais)\n\nPowerShell, Azure\n\n### Description (English)\n\nThe Cloud team.\n\n### Description (fran\u00e7ais)\n\nL\u2019\u00e9quipe infonuagique.\n\n### Opportunity (English)\n\nA script.\n\n### Opportunit\u00e9 (fran\u00e7ais)\n\nUn script.\n\n### Application evaluation (English)\n\n1. Show your skills.\n\n### \u00c9valuation de la demande (fran\u00e7ais)\n\n1. Montrez vos comp\u00e9tences.\n\n### Work acceptance criteria (English)\n\n- An MIT licence\n- Every requirement is met\n\n### Crit\u00e8res d''acceptation du travail (fran\u00e7ais)\n\n- Une licence MIT\n- Toutes les exigences sont satisfaites\n\n### Contact for the Open Resource Exchange / Personne-ressource pour l''\u00c9change de ressources ouvert\n\ncloud@example.gc.ca"], "content": "16f8e118f6cf51d0cd7256797a984e89e0756163217c754fdae398481fd63ef0", "parts": {}, "proposed": {}, "by": ""}','2027-07-20 14:11:10.000000');
CREATE TABLE stuck (
	"key" TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	tries INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	since DATETIME NOT NULL, 
	again_at DATETIME NOT NULL, 
	PRIMARY KEY ("key")
);
CREATE TABLE tallies (
	name TEXT NOT NULL, 
	part INTEGER NOT NULL, 
	count BIGINT NOT NULL, 
	total BIGINT NOT NULL, 
	PRIMARY KEY (name, part)
);
CREATE TABLE told (
	guid TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	what TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	digest TEXT NOT NULL, 
	"before" TEXT NOT NULL, 
	PRIMARY KEY (guid)
);
CREATE INDEX inbox_unread ON inbox (id, "key") WHERE done_at IS NULL;
CREATE INDEX inbox_failed ON inbox (id) WHERE error IS NOT NULL;
CREATE INDEX opportunities_due ON opportunities (next_due_at);
CREATE TRIGGER facts_no_update BEFORE UPDATE ON facts BEGIN SELECT RAISE(ABORT, 'facts are append-only'); END;
CREATE TRIGGER facts_no_delete BEFORE DELETE ON facts BEGIN SELECT RAISE(ABORT, 'facts are append-only'); END;
CREATE INDEX pulls_opportunity ON pulls (opportunity) WHERE open;
CREATE INDEX pulls_open ON pulls (repository) WHERE open;
CREATE INDEX pulls_unsettled ON pulls (changed_at) WHERE unsettled;
CREATE INDEX told_of ON told ("key", what);
CREATE INDEX records_numbered ON records (repository, number);
CREATE INDEX records_open ON records (closing) WHERE phase = 'open';
CREATE INDEX records_steps ON records (step, updated_at, number) WHERE phase <> 'past';
CREATE INDEX records_past ON records (updated_at, number, "key", amount, status, year) WHERE phase = 'past';
CREATE INDEX records_past_year ON records (year, updated_at, number, "key", amount, status) WHERE phase = 'past';
CREATE INDEX records_past_status ON records (status, updated_at, number, "key", amount, year) WHERE phase = 'past';
CREATE INDEX records_updated ON records (updated_at);
CREATE INDEX records_posted ON records (posted_at);
CREATE INDEX records_delivery ON records (delivery);
CREATE INDEX record_skills_found ON record_skills (skill, "key", lang);
CREATE INDEX record_words_found ON record_words (word, "key");
COMMIT;
