# Keys and indexes are those of service/reelsift/aws/schema.py, which a test compares with these.
#
# One table has a TTL: what reviewers have left behind. Of all others no row expires: jobs and outcomes say what was paid
# for and must not be paid again, slots and batches stay, and a waiter is deleted when it has been answered.

locals {
  # Each key is [name, type] of the partition key, and of the sort key where there is one. A row stands in an index only
  # while it has that index's attributes, so `open` holds what is under way and nothing else.
  tables = {
    jobs = {
      key = [["video_id", "S"], ["analysis", "S"]]
      indexes = {
        open = [["open", "S"], ["due_at", "N"]]
      }
    }
    labels = {
      key = [["video_id", "S"], ["analysis_label", "S"]]
      indexes = {
        found = [["analysis_label", "S"], ["peak_confidence", "N"]]
      }
    }
    slots = {
      key     = [["slot", "N"]]
      indexes = {}
    }
    batches = {
      key = [["batch_id", "S"], ["part", "S"]]
      indexes = {
        open   = [["open", "S"], ["due_at", "N"]]
        recent = [["kind", "S"], ["created_ms", "N"]]
      }
    }
    outcomes = {
      key     = [["batch", "S"], ["line", "S"]]
      indexes = {}
    }
    reviews = {
      key = [["video_id", "S"], ["part", "S"]]
      indexes = {
        flagged    = [["flagged", "S"], ["judged_ms", "N"]]
        by_status  = [["status_shard", "S"], ["changed_ms", "N"]]
        untold     = [["untold", "S"], ["tell_at", "N"]]
        untagged   = [["untagged", "S"], ["tag_at", "N"]]
        sealing    = [["sealing", "S"], ["seal_at", "N"]]
        decided    = [["decided_day", "S"], ["decided_ms", "N"]]
        unarchived = [["unarchived", "S"], ["decided_ms", "N"]]
        waiting    = [["waiting", "S"], ["order", "S"]]
        due        = [["due_queue", "S"], ["due_at", "N"]]
        claims     = [["claimed", "S"], ["renewed_ms", "N"]]
      }
    }
    people = {
      key     = [["principal", "S"], ["name", "S"]]
      indexes = {}
    }
    reviewers = {
      key     = [["principal", "S"], ["part", "S"]]
      indexes = {}
    }
    secrets = {
      key     = [["name", "S"]]
      indexes = {}
    }
    sealed = {
      key = [["video_id", "S"], ["part", "S"]]
      indexes = {
        listed = [["listed", "S"], ["sealed_ms", "N"]]
      }
    }
  }

  # The attribute that says when a row may go, in epoch seconds.
  expires = { reviewers = "expires_at" }

  table_arns = { for name, table in aws_dynamodb_table.main : name => table.arn }
}

resource "aws_dynamodb_table" "main" {
  #checkov:skip=CKV_AWS_119:the keys that AWS owns for DynamoDB, unless customer_managed_key; sealed videos have their own
  for_each = local.tables

  name = "${var.deployment}-${each.key}"

  # Bursts of thousands of writes, then nothing for days.
  billing_mode = "PAY_PER_REQUEST"

  hash_key  = each.value.key[0][0]
  range_key = try(each.value.key[1][0], null)

  dynamic "attribute" {
    for_each = { for attribute in concat(each.value.key, values(each.value.indexes)...) : attribute[0] => attribute[1]... }

    content {
      name = attribute.key
      # An attribute of the table's key may be one of an index too.
      type = attribute.value[0]
    }
  }

  dynamic "global_secondary_index" {
    for_each = each.value.indexes

    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value[0][0]
      range_key       = global_secondary_index.value[1][0]
      projection_type = "ALL"
    }
  }

  dynamic "ttl" {
    for_each = [for table, attribute in local.expires : attribute if table == each.key]

    content {
      attribute_name = ttl.value
      enabled        = true
    }
  }

  point_in_time_recovery {
    enabled = true
  }

  # enabled = false is encrypted too, with a key that AWS owns and asks nothing for.
  server_side_encryption {
    enabled     = var.customer_managed_key || each.key == "sealed"
    kms_key_arn = each.key == "sealed" ? aws_kms_key.sealed.arn : local.kms_key_arn
  }

  deletion_protection_enabled = var.deletion_protection && !var.destroyable
}
