# Where sealed videos are, and who gets there.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

override_resource {
  target          = aws_iam_role.task
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/reelsift-task" }
}

override_resource {
  target          = aws_iam_role.specialist
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/reelsift-specialist" }
}

override_resource {
  target          = aws_dynamodb_table.main["sealed"]
  override_during = plan
  values          = { arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/reelsift-sealed" }
}

override_resource {
  target          = aws_kms_key.sealed
  override_during = plan
  values          = { arn = "arn:aws:kms:eu-west-1:123456789012:key/sealed" }
}

override_resource {
  target          = aws_s3_bucket.sealed
  override_during = plan
  values = {
    id  = "reelsift-sealed-123456789012-eu-west-1"
    arn = "arn:aws:s3:::reelsift-sealed-123456789012-eu-west-1"
  }
}

variables {
  image_tag = "test"
}

run "a_table_and_a_bucket_under_a_key_that_only_workers_and_specialists_use" {
  command = plan

  assert {
    condition = (
      one(aws_dynamodb_table.main["sealed"].server_side_encryption).enabled
      && one(aws_dynamodb_table.main["sealed"].server_side_encryption).kms_key_arn == "arn:aws:kms:eu-west-1:123456789012:key/sealed"
      && !one(aws_dynamodb_table.main["reviews"].server_side_encryption).enabled
      && one(one(aws_s3_bucket_server_side_encryption_configuration.sealed.rule).apply_server_side_encryption_by_default).kms_master_key_id == "arn:aws:kms:eu-west-1:123456789012:key/sealed"
      && one(aws_s3_bucket_versioning.created["sealed"].versioning_configuration).status == "Enabled"
      && aws_kms_key.sealed.enable_key_rotation
    )
    error_message = "the key is the table's and the bucket's, and nothing else's"
  }

  assert {
    condition = {
      for statement in data.aws_iam_policy_document.sealed_key.statement :
      statement.sid => flatten(statement.principals[*].identifiers)
      if length(setintersection(statement.actions, ["kms:*", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:Create*"])) > 0
      } == {
      Sealed      = ["arn:aws:iam::123456789012:role/reelsift-specialist", "arn:aws:iam::123456789012:role/reelsift-task"]
      Table       = ["arn:aws:iam::123456789012:root"]
      TableGrants = ["arn:aws:iam::123456789012:root"]
    }
    error_message = "nobody else reads by the key, nor lets others read by a grant"
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.sealed_key.statement : contains(
        [for condition in statement.condition : "${condition.variable}=${join(",", condition.values)}"],
        "kms:ViaService=dynamodb.eu-west-1.amazonaws.com",
      ) if contains(["Table", "TableGrants"], statement.sid)
    ])
    error_message = "the account uses it through its table alone, which DynamoDB asks of whoever makes that"
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.sealed_key.statement :
      statement.sid == "Administration" && contains(statement.actions, "kms:PutKeyPolicy")
    ])
    error_message = "the account does not lock itself out of the key"
  }

  assert {
    condition = alltrue([
      for statement in [
        one([for each in data.aws_iam_policy_document.sealed_table.statement : each]),
        one([for each in data.aws_iam_policy_document.bucket["sealed"].statement : each if each.sid == "NobodyElse"]),
        ] : (
        statement.effect == "Deny"
        && flatten(statement.principals[*].identifiers) == ["*"]
        && one(statement.condition).test == "ArnNotEquals" && one(statement.condition).variable == "aws:PrincipalArn"
        && toset(one(statement.condition).values) == toset(["arn:aws:iam::123456789012:role/reelsift-specialist", "arn:aws:iam::123456789012:role/reelsift-task"])
      )
    ])
    error_message = "table and bucket refuse everybody else, whatever their policies allow"
  }

  assert {
    condition = length(setintersection(
      flatten([for statement in data.aws_iam_policy_document.bucket["sealed"].statement : statement.actions if statement.sid == "NobodyElse"]),
      ["s3:*", "s3:ListBucket", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"],
    )) == 0
    error_message = "Terraform still sees the bucket, and its policy can be changed"
  }

  assert {
    condition = alltrue([
      for document in [data.aws_iam_policy_document.operator, data.aws_iam_policy_document.reader, data.aws_iam_policy_document.reviewer, data.aws_iam_policy_document.records] :
      alltrue(flatten([
        for statement in document.statement : [
          for resource in statement.resources :
          !startswith(resource, "arn:aws:s3:::reelsift-sealed-") || statement.actions == toset(["s3:GetEncryptionConfiguration"])
        ]
      ]))
    ])
    error_message = "no other policy allows anything of it"
  }

  # Nobody is a specialist until somebody is named.
  assert {
    condition = [
      for statement in data.aws_iam_policy_document.specialist_trust.statement : [statement.effect, flatten(statement.principals[*].identifiers)]
    ] == [["Deny", ["*"]]]
    error_message = "a role that nobody may assume"
  }
}

run "specialists_are_named_one_by_one_and_may_have_to_show_a_second_factor" {
  command = plan

  variables {
    specialist_principals = ["arn:aws:iam::123456789012:role/trust-and-safety"]
    specialist_mfa        = true
    evidence_buckets      = ["evidence"]
    seal_copies           = true
  }

  assert {
    condition = [
      for statement in data.aws_iam_policy_document.specialist_trust.statement : {
        principals = flatten(statement.principals[*].identifiers)
        conditions = { for condition in statement.condition : condition.variable => condition.values }
      }
      ] == [{
        principals = ["arn:aws:iam::123456789012:role/trust-and-safety"]
        conditions = { "aws:MultiFactorAuthPresent" = tolist(["true"]) }
    }]
    error_message = "they alone, with their second factor"
  }

  assert {
    condition = toset(flatten([
      for statement in data.aws_iam_policy_document.specialist.statement : statement.resources if contains(statement.actions, "s3:PutObject")
    ])) == toset(["arn:aws:s3:::evidence/*"])
    error_message = "they write evidence where they are told to, and nothing of what is sealed"
  }

  assert {
    condition     = local.worker_environment["REELSIFT_SEAL_COPIES"] == "true"
    error_message = "workers know that they are to copy"
  }
}
