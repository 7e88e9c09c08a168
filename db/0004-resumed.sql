-- SPDX-License-Identifier: BSD-2-Clause
--
-- Handings-over that were interrupted and go on.

-- It came with our loop stamp, and what its record says was done once more: at most once an hour
-- for a role address, or a message that comes back would go in a circle.
ALTER TABLE handing_over ADD COLUMN resumed INTEGER NOT NULL DEFAULT 0 CHECK (resumed IN (0, 1));
