-- The version of the protocol that a partner speaks is known since it was authenticated, so that its page can say when the two differ.
ALTER TABLE `connection` ADD `partner_v` real;