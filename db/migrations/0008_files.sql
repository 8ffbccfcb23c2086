-- Files travel: staged for a link, awaited, counted, frozen with their message.
CREATE TABLE `file_usage` (
	`t` integer PRIMARY KEY NOT NULL,
	`bytes` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `missing_file` (
	`t` integer NOT NULL,
	`uid` text NOT NULL,
	`partner_tenant` text NOT NULL,
	`ticket_id` integer NOT NULL,
	`action_id` integer NOT NULL,
	`filename` text NOT NULL,
	`size` integer NOT NULL,
	`cid` text,
	`missing` text NOT NULL,
	PRIMARY KEY(`t`, `uid`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `missing_file_ticket` ON `missing_file` (`t`,`ticket_id`,`action_id`);--> statement-breakpoint
ALTER TABLE `attachment` ADD `staged_for` text;--> statement-breakpoint
ALTER TABLE `attachment` ADD `object` text;--> statement-breakpoint
ALTER TABLE `attachment` ADD `sweep_at` integer;--> statement-breakpoint
CREATE INDEX `attachment_sweep` ON `attachment` (`t`,`sweep_at`) WHERE sweep_at is not null;--> statement-breakpoint
ALTER TABLE `outbox` ADD `files` text;--> statement-breakpoint
UPDATE `attachment` SET `sweep_at` = coalesce(`deleted_at`, `created_at`) + 345600000 WHERE `deleted_at` is not null or (`action_id` is null and `ticket_id` is null);--> statement-breakpoint
INSERT INTO `file_usage` SELECT `t`, sum(`size`) FROM `attachment` GROUP BY `t`;
