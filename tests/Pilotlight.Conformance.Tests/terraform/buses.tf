variable "endpoint" { type = string }
variable "prefix" { type = string }
variable "description" { default = "first" }
variable "rate" { default = "rate(5 minutes)" }
variable "state" { default = "ENABLED" }

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_metadata_api_check     = true
  skip_region_validation      = true
  endpoints {
    events    = var.endpoint
    iam       = var.endpoint
    scheduler = var.endpoint
    sts       = var.endpoint
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com", "events.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "targets" {
  name               = "${var.prefix}-targets"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_cloudwatch_event_bus" "orders" {
  name        = "${var.prefix}-orders"
  description = var.description
  tags        = { team = "shop" }
}

resource "aws_cloudwatch_event_permission" "other" {
  principal      = "111122223333"
  statement_id   = "other"
  event_bus_name = aws_cloudwatch_event_bus.orders.name
}

resource "aws_cloudwatch_event_rule" "large" {
  name           = "${var.prefix}-large"
  description    = var.description
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  event_pattern  = jsonencode({ source = ["shop"], detail = { total = [{ numeric = [">", 100] }] } })
  state          = var.state
  tags           = { team = "shop" }
}

resource "aws_cloudwatch_event_target" "queue" {
  rule           = aws_cloudwatch_event_rule.large.name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  target_id      = "queue"
  arn            = "arn:aws:sqs:us-east-1:000000000000:${var.prefix}-queue"
  input_transformer {
    input_paths    = { total = "$.detail.total" }
    input_template = jsonencode({ text = "worth <total>" })
  }
  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 10
  }
  dead_letter_config {
    arn = "arn:aws:sqs:us-east-1:000000000000:${var.prefix}-dead"
  }
}

resource "aws_cloudwatch_event_rule" "often" {
  name                = "${var.prefix}-often"
  schedule_expression = var.rate
}

resource "aws_cloudwatch_event_target" "function" {
  rule  = aws_cloudwatch_event_rule.often.name
  arn   = "arn:aws:lambda:us-east-1:000000000000:function:${var.prefix}-function"
  input = jsonencode({ job = "clean" })
}

resource "aws_cloudwatch_event_archive" "all" {
  name             = "${var.prefix}-all"
  event_source_arn = aws_cloudwatch_event_bus.orders.arn
  description      = var.description
  retention_days   = 7
}

resource "aws_scheduler_schedule_group" "nightly" {
  name = "${var.prefix}-nightly"
  tags = { team = "shop" }
}

resource "aws_scheduler_schedule" "clean" {
  name                         = "${var.prefix}-clean"
  group_name                   = aws_scheduler_schedule_group.nightly.name
  description                  = var.description
  schedule_expression          = "cron(0 3 ? * MON-FRI *)"
  schedule_expression_timezone = "Europe/Berlin"
  state                        = var.state
  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 30
  }
  target {
    arn      = "arn:aws:sqs:us-east-1:000000000000:${var.prefix}-queue"
    role_arn = aws_iam_role.targets.arn
    input    = jsonencode({ job = "clean" })
    retry_policy {
      maximum_event_age_in_seconds = 300
      maximum_retry_attempts       = 5
    }
  }
}
