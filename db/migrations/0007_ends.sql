-- A connection that ends tells its partner, a rotated secret overlaps, and what a restore lost is listed.
CREATE TABLE `only_there` (
	`t` integer NOT NULL,
	`connection_id` integer NOT NULL,
	`link_uid` text NOT NULL,
	`ticket_id` integer,
	`remote_ticket_id` integer,
	`remote_url` text,
	`entries` integer NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`t`, `connection_id`, `link_uid`),
	FOREIGN KEY (`t`,`connection_id`) REFERENCES `connection`(`t`,`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `connection` ADD `issued_old_hash` text;--> statement-breakpoint
ALTER TABLE `connection` ADD `issued_old_until` integer;--> statement-breakpoint
ALTER TABLE `connection` ADD `ended_at` integer;--> statement-breakpoint
ALTER TABLE `connection` ADD `ended_by` text;--> statement-breakpoint
ALTER TABLE `connection` ADD `ended_there` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `connection` ADD `ended_uid` text;--> statement-breakpoint
ALTER TABLE `connection` ADD `tell_at` integer;--> statement-breakpoint
ALTER TABLE `connection` ADD `tell_failures` integer DEFAULT 0 NOT NULL;