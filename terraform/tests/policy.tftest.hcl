# What the files of a policy become.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  image_tag = "test"
}

run "words_of_files_become_part_of_the_policy" {
  command = plan

  variables {
    policy_file = "tests/policies/words.yaml"
  }

  assert {
    condition = jsondecode(local.worker_environment["REELSIFT_POLICY_DOCUMENT"]) == {
      text = {
        threats  = { words = ["kill", "white power", "it's 100 $"], review = 80 }
        one      = { words = ["alone", "white power", "it's 100 $"] }
        none     = { words = ["white power", "it's 100 $"] }
        contact  = { patterns = ["t\\.me/\\S+"], review = 90 }
        switched = false
      }
    }
    error_message = "the words of the rule and then those of its file, and no file any more"
  }
}

run "more_words_than_a_task_definition_holds_are_refused" {
  command = plan

  variables {
    policy_file = "tests/policies/large.yaml"
  }

  expect_failures = [aws_ecs_task_definition.worker]
}
