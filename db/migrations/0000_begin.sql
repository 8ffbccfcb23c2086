-- The tables of one desk and of what it sends to others. A composite key makes the row its own index: one row written less for each insert.
CREATE TABLE `action_type` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`name` text NOT NULL,
	`button` text NOT NULL,
	`colour` text,
	`icon` text,
	`sequence` integer DEFAULT 0 NOT NULL,
	`system_use` text DEFAULT 'none' NOT NULL,
	`send_email` integer DEFAULT false NOT NULL,
	`email_template_id` integer,
	`hide_from_user` integer DEFAULT false NOT NULL,
	`status_after_id` integer,
	`send_to_connected` integer DEFAULT false NOT NULL,
	`email_on_connection` integer DEFAULT false NOT NULL,
	`ai_on` integer DEFAULT false NOT NULL,
	`ai_prompt` text,
	`inactive` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`t`, `id`),
	FOREIGN KEY (`t`,`email_template_id`) REFERENCES `email_template`(`t`,`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`t`,`status_after_id`) REFERENCES `status`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `action_type_field` (
	`t` integer NOT NULL,
	`action_type_id` integer NOT NULL,
	`field_id` integer NOT NULL,
	`sequence` integer DEFAULT 0 NOT NULL,
	`required` integer DEFAULT false NOT NULL,
	`read_only` integer DEFAULT false NOT NULL,
	`default_value` text,
	PRIMARY KEY(`t`, `action_type_id`, `field_id`),
	FOREIGN KEY (`t`,`action_type_id`) REFERENCES `action_type`(`t`,`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`t`,`field_id`) REFERENCES `field`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `agent` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`uid` text NOT NULL,
	`name` text NOT NULL,
	`email` text NOT NULL,
	`role` text NOT NULL,
	`job_title` text,
	`disabled` integer DEFAULT false NOT NULL,
	`is_api` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`t`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `agent_email` ON `agent` (`t`,`email`);--> statement-breakpoint
CREATE TABLE `agent_team` (
	`t` integer NOT NULL,
	`agent_id` integer NOT NULL,
	`team_id` integer NOT NULL,
	PRIMARY KEY(`t`, `agent_id`, `team_id`),
	FOREIGN KEY (`t`,`agent_id`) REFERENCES `agent`(`t`,`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`t`,`team_id`) REFERENCES `team`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `api_app` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`client_id` text NOT NULL,
	`name` text NOT NULL,
	`secret_hash` text NOT NULL,
	`ver` integer DEFAULT 1 NOT NULL,
	`agent_id` integer NOT NULL,
	`disabled` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`t`, `id`),
	FOREIGN KEY (`t`,`agent_id`) REFERENCES `agent`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `api_app_client` ON `api_app` (`client_id`);--> statement-breakpoint
CREATE TABLE `audit` (
	`t` integer NOT NULL,
	`at` integer NOT NULL,
	`uid` text NOT NULL,
	`actor` text NOT NULL,
	`what` text NOT NULL,
	`detail` text,
	PRIMARY KEY(`t`, `at`, `uid`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `category` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`parent_id` integer,
	`name` text NOT NULL,
	`path` text NOT NULL,
	`inactive` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`t`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `category_parent` ON `category` (`t`,`parent_id`);--> statement-breakpoint
CREATE TABLE `counter` (
	`t` integer NOT NULL,
	`name` text NOT NULL,
	`value` integer NOT NULL,
	PRIMARY KEY(`t`, `name`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `customer` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`name` text NOT NULL,
	`website` text,
	`phone` text,
	`notes` text,
	`colour` text,
	`inactive` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`deleted_at` integer,
	PRIMARY KEY(`t`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `customer_name` ON `customer` (`t`,lower("name"),`id`);--> statement-breakpoint
CREATE TABLE `email_template` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`name` text NOT NULL,
	`description` text,
	`subject` text NOT NULL,
	`body_html` text NOT NULL,
	PRIMARY KEY(`t`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `field` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`name` text NOT NULL,
	`label` text NOT NULL,
	`hint` text,
	`scope` text NOT NULL,
	`type` text NOT NULL,
	`builtin` text,
	`inactive` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`t`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `field_name` ON `field` (`t`,lower("name"));--> statement-breakpoint
CREATE TABLE `field_option` (
	`t` integer NOT NULL,
	`field_id` integer NOT NULL,
	`id` integer NOT NULL,
	`name` text NOT NULL,
	`sequence` integer DEFAULT 0 NOT NULL,
	`inactive` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`t`, `field_id`, `id`),
	FOREIGN KEY (`t`,`field_id`) REFERENCES `field`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `lookup` (
	`t` integer NOT NULL,
	`lookup_id` integer NOT NULL,
	`id` integer NOT NULL,
	`name` text NOT NULL,
	`sequence` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`t`, `lookup_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `module` (
	`t` integer NOT NULL,
	`name` text NOT NULL,
	`enabled` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`t`, `name`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `person` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`uid` text NOT NULL,
	`customer_id` integer NOT NULL,
	`site_id` integer,
	`name` text NOT NULL,
	`email` text,
	`phone` text,
	`mobile` text,
	`notes` text,
	`password` text,
	`is_general` integer DEFAULT false NOT NULL,
	`source` text DEFAULT 'local' NOT NULL,
	`inactive` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`deleted_at` integer,
	PRIMARY KEY(`t`, `id`),
	FOREIGN KEY (`t`,`customer_id`) REFERENCES `customer`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `person_email` ON `person` (`t`,`email`) WHERE email is not null and deleted_at is null;--> statement-breakpoint
CREATE INDEX `person_customer` ON `person` (`t`,`customer_id`,`id`);--> statement-breakpoint
CREATE TABLE `priority` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`uid` text NOT NULL,
	`sla_id` integer NOT NULL,
	`name` text NOT NULL,
	`colour` text,
	`response_hours` integer,
	`fix_hours` integer,
	`sequence` integer DEFAULT 0 NOT NULL,
	`inactive` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`t`, `id`),
	FOREIGN KEY (`t`,`sla_id`) REFERENCES `sla`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `setting` (
	`t` integer NOT NULL,
	`name` text NOT NULL,
	`value` text NOT NULL,
	PRIMARY KEY(`t`, `name`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `site` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`customer_id` integer NOT NULL,
	`name` text NOT NULL,
	`phone` text,
	`notes` text,
	`is_main` integer DEFAULT false NOT NULL,
	`inactive` integer DEFAULT false NOT NULL,
	`deleted_at` integer,
	PRIMARY KEY(`t`, `id`),
	FOREIGN KEY (`t`,`customer_id`) REFERENCES `customer`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `site_customer` ON `site` (`t`,`customer_id`,`id`);--> statement-breakpoint
CREATE TABLE `sla` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`name` text NOT NULL,
	PRIMARY KEY(`t`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `status` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`name` text NOT NULL,
	`portal_name` text,
	`kind` text NOT NULL,
	`colour` text,
	`sequence` integer DEFAULT 0 NOT NULL,
	`inactive` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`t`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `step_action` (
	`t` integer NOT NULL,
	`workflow_id` integer NOT NULL,
	`step_id` integer NOT NULL,
	`action_type_id` integer NOT NULL,
	`next_step_id` integer,
	PRIMARY KEY(`t`, `workflow_id`, `step_id`, `action_type_id`),
	FOREIGN KEY (`t`,`workflow_id`,`step_id`) REFERENCES `workflow_step`(`t`,`workflow_id`,`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`t`,`action_type_id`) REFERENCES `action_type`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `step_action_type` ON `step_action` (`t`,`action_type_id`);--> statement-breakpoint
CREATE TABLE `supplier` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`name` text NOT NULL,
	`contact_name` text,
	`email` text,
	`phone` text,
	`website` text,
	`address` text,
	`notes` text,
	`inactive` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`deleted_at` integer,
	PRIMARY KEY(`t`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `supplier_name` ON `supplier` (`t`,lower("name"),`id`);--> statement-breakpoint
CREATE TABLE `team` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`name` text NOT NULL,
	`sequence` integer DEFAULT 0 NOT NULL,
	`inactive` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`t`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `ticket_type` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`uid` text NOT NULL,
	`name` text NOT NULL,
	`description` text,
	`workflow_id` integer NOT NULL,
	`initial_status_id` integer NOT NULL,
	`default_priority_id` integer NOT NULL,
	`default_team_id` integer,
	`sla_id` integer NOT NULL,
	`itil_type` integer DEFAULT 1 NOT NULL,
	`sequence` integer DEFAULT 0 NOT NULL,
	`end_users_can_select` integer DEFAULT true NOT NULL,
	`inactive` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`t`, `id`),
	FOREIGN KEY (`t`,`workflow_id`) REFERENCES `workflow`(`t`,`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`t`,`initial_status_id`) REFERENCES `status`(`t`,`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`t`,`default_priority_id`) REFERENCES `priority`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `ticket_type_field` (
	`t` integer NOT NULL,
	`ticket_type_id` integer NOT NULL,
	`field_id` integer NOT NULL,
	`sequence` integer DEFAULT 0 NOT NULL,
	`agent_new` integer DEFAULT 1 NOT NULL,
	`agent_detail` integer DEFAULT 1 NOT NULL,
	`user_new` integer DEFAULT 0 NOT NULL,
	`user_detail` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`t`, `ticket_type_id`, `field_id`),
	FOREIGN KEY (`t`,`ticket_type_id`) REFERENCES `ticket_type`(`t`,`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`t`,`field_id`) REFERENCES `field`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `workflow` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`uid` text NOT NULL,
	`name` text NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`inactive` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`t`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `workflow_step` (
	`t` integer NOT NULL,
	`workflow_id` integer NOT NULL,
	`id` integer NOT NULL,
	`name` text NOT NULL,
	`is_start` integer DEFAULT false NOT NULL,
	`is_end` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`t`, `workflow_id`, `id`),
	FOREIGN KEY (`t`,`workflow_id`) REFERENCES `workflow`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `action` (
	`t` integer NOT NULL,
	`ticket_id` integer NOT NULL,
	`id` integer NOT NULL,
	`uid` text NOT NULL,
	`type_id` integer NOT NULL,
	`type_name` text NOT NULL,
	`clock` integer NOT NULL,
	`author_kind` text NOT NULL,
	`author_id` integer,
	`author_name` text NOT NULL,
	`connection_id` integer,
	`partner_url` text,
	`remote_id` integer,
	`hidden` integer DEFAULT false NOT NULL,
	`at` integer NOT NULL,
	`origin_at` integer,
	`changes` text,
	PRIMARY KEY(`t`, `ticket_id`, `id`),
	FOREIGN KEY (`t`,`ticket_id`) REFERENCES `ticket`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `action_uid` ON `action` (`t`,`uid`);--> statement-breakpoint
CREATE TABLE `action_body` (
	`t` integer NOT NULL,
	`ticket_id` integer NOT NULL,
	`action_id` integer NOT NULL,
	`note_html` text NOT NULL,
	PRIMARY KEY(`t`, `ticket_id`, `action_id`),
	FOREIGN KEY (`t`,`ticket_id`,`action_id`) REFERENCES `action`(`t`,`ticket_id`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `attachment` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`uid` text NOT NULL,
	`ticket_id` integer,
	`action_id` integer,
	`filename` text NOT NULL,
	`type` text NOT NULL,
	`size` integer NOT NULL,
	`sha256` text NOT NULL,
	`cid` text,
	`by_actor` text NOT NULL,
	`created_at` integer NOT NULL,
	`deleted_at` integer,
	PRIMARY KEY(`t`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `attachment_uid` ON `attachment` (`t`,`uid`);--> statement-breakpoint
CREATE INDEX `attachment_ticket` ON `attachment` (`t`,`ticket_id`,`action_id`);--> statement-breakpoint
CREATE TABLE `field_value` (
	`t` integer NOT NULL,
	`ticket_id` integer NOT NULL,
	`field_id` integer NOT NULL,
	`value` text NOT NULL,
	PRIMARY KEY(`t`, `ticket_id`, `field_id`),
	FOREIGN KEY (`t`,`ticket_id`) REFERENCES `ticket`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `idem` (
	`t` integer NOT NULL,
	`actor` text NOT NULL,
	`key` text NOT NULL,
	`request_hash` text NOT NULL,
	`ticket_id` integer NOT NULL,
	`action_id` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`t`, `actor`, `key`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `ticket` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`uid` text NOT NULL,
	`summary` text NOT NULL,
	`type_id` integer NOT NULL,
	`status_id` integer NOT NULL,
	`is_closed` integer DEFAULT false NOT NULL,
	`priority_id` integer NOT NULL,
	`category_id` integer,
	`agent_id` integer,
	`team_id` integer,
	`customer_id` integer NOT NULL,
	`site_id` integer,
	`person_id` integer NOT NULL,
	`workflow_id` integer NOT NULL,
	`step_id` integer NOT NULL,
	`supplier_id` integer,
	`supplier_ref` text,
	`customer_ref` text,
	`start_date` text,
	`target_date` text,
	`source` text NOT NULL,
	`clock` integer DEFAULT 0 NOT NULL,
	`last_action` integer DEFAULT 0 NOT NULL,
	`sync_problem` text,
	`created_at` integer NOT NULL,
	`last_action_at` integer NOT NULL,
	`closed_at` integer,
	`deleted_at` integer,
	PRIMARY KEY(`t`, `id`),
	FOREIGN KEY (`t`,`type_id`) REFERENCES `ticket_type`(`t`,`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`t`,`status_id`) REFERENCES `status`(`t`,`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`t`,`priority_id`) REFERENCES `priority`(`t`,`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`t`,`customer_id`) REFERENCES `customer`(`t`,`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`t`,`person_id`) REFERENCES `person`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `ticket_uid` ON `ticket` (`t`,`uid`);--> statement-breakpoint
CREATE INDEX `ticket_closed` ON `ticket` (`t`,`is_closed`,`id`);--> statement-breakpoint
CREATE INDEX `ticket_status` ON `ticket` (`t`,`status_id`,`id`);--> statement-breakpoint
CREATE INDEX `ticket_agent` ON `ticket` (`t`,`agent_id`,`is_closed`,`id`);--> statement-breakpoint
CREATE INDEX `ticket_team` ON `ticket` (`t`,`team_id`,`is_closed`,`id`);--> statement-breakpoint
CREATE INDEX `ticket_customer` ON `ticket` (`t`,`customer_id`,`id`);--> statement-breakpoint
CREATE INDEX `ticket_person` ON `ticket` (`t`,`person_id`,`id`);--> statement-breakpoint
CREATE INDEX `ticket_sync_problem` ON `ticket` (`t`,`sync_problem`,`id`) WHERE sync_problem is not null;--> statement-breakpoint
CREATE TABLE `account` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`email` text NOT NULL,
	`name` text NOT NULL,
	`password` text,
	`disabled` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `account_email` ON `account` (`email`);--> statement-breakpoint
CREATE TABLE `instance` (
	`no` integer PRIMARY KEY NOT NULL,
	`tenant_id` text NOT NULL,
	`slug` text NOT NULL,
	`name` text NOT NULL,
	`shard` text DEFAULT 'DB' NOT NULL,
	`state` text DEFAULT 'active' NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `instance_slug` ON `instance` (`slug`);--> statement-breakpoint
CREATE UNIQUE INDEX `instance_tenant` ON `instance` (`tenant_id`);--> statement-breakpoint
CREATE TABLE `membership` (
	`account_id` integer NOT NULL,
	`t` integer NOT NULL,
	`agent_id` integer NOT NULL,
	PRIMARY KEY(`account_id`, `t`),
	FOREIGN KEY (`account_id`) REFERENCES `account`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`t`) REFERENCES `instance`(`no`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `membership_agent` ON `membership` (`t`,`agent_id`);--> statement-breakpoint
CREATE TABLE `session` (
	`hash` text PRIMARY KEY NOT NULL,
	`account_id` integer,
	`t` integer,
	`person_id` integer,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `account`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`t`) REFERENCES `instance`(`no`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `session_account` ON `session` (`account_id`);--> statement-breakpoint
CREATE INDEX `session_person` ON `session` (`t`,`person_id`);--> statement-breakpoint
CREATE INDEX `session_expires` ON `session` (`expires_at`);--> statement-breakpoint
CREATE TABLE `shard_meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `throttle` (
	`key` text PRIMARY KEY NOT NULL,
	`fails` integer NOT NULL,
	`until` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `mail_out` (
	`t` integer NOT NULL,
	`ticket_id` integer NOT NULL,
	`action_id` integer NOT NULL,
	`uid` text NOT NULL,
	`from_name` text NOT NULL,
	`from_address` text NOT NULL,
	`to_name` text NOT NULL,
	`to_address` text NOT NULL,
	`subject` text NOT NULL,
	`html` text NOT NULL,
	`state` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`next_at` integer,
	`message_id` text,
	`error` text,
	`at` integer NOT NULL,
	PRIMARY KEY(`t`, `ticket_id`, `action_id`, `uid`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `mail_out_open` ON `mail_out` (`t`,`next_at`) WHERE next_at is not null;--> statement-breakpoint
CREATE INDEX `mail_out_time` ON `mail_out` (`t`,`at`);--> statement-breakpoint
CREATE TABLE `mail_ref` (
	`t` integer NOT NULL,
	`message_id` text NOT NULL,
	`ticket_id` integer NOT NULL,
	PRIMARY KEY(`t`, `message_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `attempt` (
	`t` integer NOT NULL,
	`ticket_id` integer NOT NULL,
	`action_id` integer NOT NULL,
	`connection_id` integer NOT NULL,
	`at` integer NOT NULL,
	`status` integer NOT NULL,
	`ms` integer NOT NULL,
	`error` text,
	PRIMARY KEY(`t`, `ticket_id`, `action_id`, `connection_id`, `at`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `catalogue` (
	`t` integer NOT NULL,
	`connection_id` integer NOT NULL,
	`etag` text NOT NULL,
	`data` text NOT NULL,
	`fetched_at` integer NOT NULL,
	PRIMARY KEY(`t`, `connection_id`),
	FOREIGN KEY (`t`,`connection_id`) REFERENCES `connection`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `connection` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`kind` text NOT NULL,
	`customer_id` integer,
	`supplier_id` integer,
	`allow_access` integer DEFAULT false NOT NULL,
	`issued_client_id` text NOT NULL,
	`issued_secret_hash` text NOT NULL,
	`issued_ver` integer DEFAULT 1 NOT NULL,
	`partner_name` text,
	`partner_auth_url` text,
	`partner_resource_url` text,
	`partner_tenant_id` text,
	`partner_client_id` text,
	`partner_secret` text,
	`dialect` text,
	`verified_at` integer,
	`state` text DEFAULT 'setup' NOT NULL,
	`state_reason` text,
	`hold_until` integer,
	`last_ok_at` integer,
	`last_error` text,
	`last_error_at` integer,
	`unknown_sender` text DEFAULT 'create' NOT NULL,
	`default_status_id` integer,
	`default_action_type_id` integer,
	`default_ticket_type_id` integer,
	`mapping_version` integer DEFAULT 0 NOT NULL,
	`sync_attachments` integer DEFAULT false NOT NULL,
	`share_agents` integer DEFAULT true NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`t`, `id`),
	FOREIGN KEY (`t`,`customer_id`) REFERENCES `customer`(`t`,`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`t`,`supplier_id`) REFERENCES `supplier`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `connection_issued` ON `connection` (`issued_client_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `connection_customer` ON `connection` (`t`,`customer_id`) WHERE customer_id is not null and state <> 'ended';--> statement-breakpoint
CREATE UNIQUE INDEX `connection_supplier` ON `connection` (`t`,`supplier_id`) WHERE supplier_id is not null and state <> 'ended';--> statement-breakpoint
CREATE TABLE `inbox` (
	`t` integer NOT NULL,
	`partner_tenant` text NOT NULL,
	`uid` text NOT NULL,
	`link_id` integer NOT NULL,
	`n` integer NOT NULL,
	`hash` text NOT NULL,
	`ticket_id` integer NOT NULL,
	`action_id` integer NOT NULL,
	`parts` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`t`, `partner_tenant`, `uid`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `link` (
	`t` integer NOT NULL,
	`id` integer NOT NULL,
	`uid` text NOT NULL,
	`ticket_id` integer NOT NULL,
	`connection_id` integer NOT NULL,
	`partner_tenant` text NOT NULL,
	`remote_ticket_uid` text,
	`remote_ticket_id` integer,
	`remote_url` text,
	`state` text NOT NULL,
	`in_n` integer DEFAULT 0 NOT NULL,
	`in_uid` text,
	`out_n` integer DEFAULT 0 NOT NULL,
	`out_uid` text,
	`via` text DEFAULT '[]' NOT NULL,
	`may_differ` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`t`, `id`),
	FOREIGN KEY (`t`,`ticket_id`) REFERENCES `ticket`(`t`,`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`t`,`connection_id`) REFERENCES `connection`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `link_uid` ON `link` (`t`,`uid`);--> statement-breakpoint
CREATE UNIQUE INDEX `link_ticket` ON `link` (`t`,`ticket_id`,`connection_id`) WHERE state <> 'ended';--> statement-breakpoint
CREATE UNIQUE INDEX `link_remote` ON `link` (`t`,`partner_tenant`,`remote_ticket_uid`) WHERE state <> 'ended' and remote_ticket_uid is not null;--> statement-breakpoint
CREATE TABLE `mapping` (
	`t` integer NOT NULL,
	`connection_id` integer NOT NULL,
	`version` integer NOT NULL,
	`kind` text NOT NULL,
	`remote_id` text NOT NULL,
	`remote_name` text NOT NULL,
	`local_id` integer NOT NULL,
	PRIMARY KEY(`t`, `connection_id`, `version`, `kind`, `remote_id`),
	FOREIGN KEY (`t`,`connection_id`) REFERENCES `connection`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `outbox` (
	`t` integer NOT NULL,
	`ticket_id` integer NOT NULL,
	`action_id` integer NOT NULL,
	`connection_id` integer NOT NULL,
	`uid` text NOT NULL,
	`link_id` integer,
	`kind` text NOT NULL,
	`state` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`failures` integer DEFAULT 0 NOT NULL,
	`next_at` integer,
	`reason` text,
	`error` text,
	`fix` text,
	`remote_id` integer,
	`remote_ticket_id` integer,
	`parts` text,
	`body` text,
	`last_status` integer,
	`last_ms` integer,
	`v` integer DEFAULT 1 NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`t`, `ticket_id`, `action_id`, `connection_id`, `uid`),
	FOREIGN KEY (`t`,`ticket_id`) REFERENCES `ticket`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `outbox_open` ON `outbox` (`t`,`connection_id`,`link_id`,`action_id`) WHERE next_at is not null;--> statement-breakpoint
CREATE INDEX `outbox_log` ON `outbox` (`t`,`connection_id`,`at`);--> statement-breakpoint
CREATE TABLE `register` (
	`t` integer NOT NULL,
	`ticket_id` integer NOT NULL,
	`name` text NOT NULL,
	`clock` integer NOT NULL,
	`writer` text NOT NULL,
	`value` text,
	`connection_id` integer,
	`applied` integer DEFAULT true NOT NULL,
	`edited` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`t`, `ticket_id`, `name`),
	FOREIGN KEY (`t`,`ticket_id`) REFERENCES `ticket`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
-- Full text of tickets. The row number packs (tenant, ticket, action), so a hit needs no second table; `scope` holds the tenant's
-- token, which every query puts inside MATCH: a filter beside MATCH would read every tenant's hits.
CREATE VIRTUAL TABLE `search` USING fts5(scope, words, content='', contentless_delete=1, detail=full, tokenize='unicode61 remove_diacritics 2');
