variable "endpoint" { type = string }
variable "prefix" { type = string }
variable "edition" { default = 1 }
variable "description" { default = "first" }
variable "memory" { default = 128 }

provider "aws" {
  region                  = "us-east-1"
  access_key              = "test"
  secret_key              = "test"
  skip_metadata_api_check = true
  skip_region_validation  = true
  endpoints {
    iam    = var.endpoint
    lambda = var.endpoint
    sqs    = var.endpoint
    sts    = var.endpoint
  }
  default_tags { tags = { suite = "terraform" } }
}

locals { changed = var.edition > 1 }

data "aws_caller_identity" "me" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "worker" {
  name               = "${var.prefix}-worker"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.worker.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
}

resource "aws_lambda_layer_version" "shared" {
  layer_name               = "${var.prefix}-shared"
  description              = var.description
  license_info             = "MIT"
  filename                 = "layer${var.edition}.zip"
  source_code_hash         = filebase64sha256("layer${var.edition}.zip")
  compatible_runtimes      = ["python3.12"]
  compatible_architectures = ["x86_64"]
}

resource "aws_lambda_layer_version_permission" "shared" {
  layer_name     = aws_lambda_layer_version.shared.layer_arn
  version_number = aws_lambda_layer_version.shared.version
  statement_id   = "friends"
  action         = "lambda:GetLayerVersion"
  principal      = "111122223333"
}

resource "aws_lambda_code_signing_config" "lenient" {
  description = var.description
  allowed_publishers {
    signing_profile_version_arns = ["arn:aws:signer:us-east-1:${data.aws_caller_identity.me.account_id}:/signing-profiles/team/abcdefghij"]
  }
  policies { untrusted_artifact_on_deployment = "Warn" }
  tags = { stage = var.description }
}

resource "aws_lambda_function" "worker" {
  function_name                  = "${var.prefix}-worker"
  description                    = var.description
  role                           = aws_iam_role.worker.arn
  filename                       = "code${var.edition}.zip"
  source_code_hash               = filebase64sha256("code${var.edition}.zip")
  handler                        = "app.handler"
  runtime                        = "python3.12"
  architectures                  = ["x86_64"]
  memory_size                    = var.memory
  timeout                        = 10
  publish                        = true
  layers                         = [aws_lambda_layer_version.shared.arn]
  code_signing_config_arn        = aws_lambda_code_signing_config.lenient.arn
  reserved_concurrent_executions = 20 + var.edition
  tags                           = { stage = var.description }
  environment { variables = { GREETING = var.description } }
  ephemeral_storage { size = 512 * var.edition }
  tracing_config { mode = local.changed ? "PassThrough" : "Active" }
  dead_letter_config { target_arn = "arn:aws:sqs:us-east-1:${data.aws_caller_identity.me.account_id}:${var.prefix}-dead" }
  logging_config {
    log_format            = "JSON"
    log_group             = "/team/${var.prefix}"
    application_log_level = local.changed ? "DEBUG" : "WARN"
    system_log_level      = "WARN"
  }
  depends_on = [aws_iam_role_policy_attachment.logs]
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = var.description
  function_name    = aws_lambda_function.worker.function_name
  function_version = aws_lambda_function.worker.version
  dynamic "routing_config" {
    for_each = local.changed ? [1] : []
    content { additional_version_weights = { "1" = 0.25 } }
  }
}

# An alias with weights cannot have it.
resource "aws_lambda_alias" "warm" {
  name             = "warm"
  function_name    = aws_lambda_function.worker.arn
  function_version = aws_lambda_function.worker.version
}

resource "aws_lambda_provisioned_concurrency_config" "warm" {
  function_name                     = aws_lambda_alias.warm.function_name
  qualifier                         = aws_lambda_alias.warm.name
  provisioned_concurrent_executions = var.edition
}

resource "aws_lambda_permission" "bucket" {
  statement_id   = "bucket"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.worker.function_name
  qualifier      = aws_lambda_alias.live.name
  principal      = "s3.amazonaws.com"
  source_arn     = "arn:aws:s3:::pictures-${var.description}"
  source_account = data.aws_caller_identity.me.account_id
}

resource "aws_lambda_permission" "everybody" {
  statement_id_prefix    = "everybody-"
  action                 = "lambda:InvokeFunctionUrl"
  function_name          = aws_lambda_function.worker.function_name
  principal              = "*"
  function_url_auth_type = "NONE"
}

resource "aws_lambda_function_url" "worker" {
  function_name      = aws_lambda_function.worker.function_name
  authorization_type = "NONE"
  invoke_mode        = local.changed ? "RESPONSE_STREAM" : "BUFFERED"
  cors {
    allow_origins     = ["https://${var.description}.example.com"]
    allow_methods     = ["GET", "POST"]
    allow_headers     = ["x-team"]
    expose_headers    = ["date"]
    allow_credentials = true
    max_age           = 60 * var.edition
  }
}

resource "aws_lambda_function_url" "live" {
  function_name      = aws_lambda_function.worker.function_name
  qualifier          = aws_lambda_alias.live.name
  authorization_type = "AWS_IAM"
}

resource "aws_sqs_queue" "jobs" { name = "${var.prefix}-jobs" }

resource "aws_lambda_event_source_mapping" "queue" {
  event_source_arn                   = aws_sqs_queue.jobs.arn
  function_name                      = aws_lambda_function.worker.arn
  enabled                            = local.changed
  batch_size                         = 5 * var.edition
  maximum_batching_window_in_seconds = 1
  function_response_types            = ["ReportBatchItemFailures"]
  scaling_config { maximum_concurrency = 2 * var.edition }
  filter_criteria {
    filter { pattern = jsonencode({ body = { kind = [var.description] } }) }
  }
  tags = { stage = var.description }
}

resource "aws_lambda_function_event_invoke_config" "live" {
  function_name                = aws_lambda_function.worker.function_name
  qualifier                    = aws_lambda_alias.live.name
  maximum_event_age_in_seconds = 60 * var.edition
  maximum_retry_attempts       = var.edition - 1
  destination_config {
    on_failure { destination = "arn:aws:sqs:us-east-1:${data.aws_caller_identity.me.account_id}:${var.prefix}-failed" }
  }
}

resource "aws_lambda_runtime_management_config" "worker" {
  function_name     = aws_lambda_function.worker.function_name
  update_runtime_on = local.changed ? "FunctionUpdate" : "Auto"
}

resource "aws_lambda_function_recursion_config" "worker" {
  function_name  = aws_lambda_function.worker.function_name
  recursive_loop = local.changed ? "Allow" : "Terminate"
}

resource "aws_lambda_invocation" "once" {
  function_name = aws_lambda_function.worker.function_name
  qualifier     = aws_lambda_alias.warm.name
  input         = jsonencode({ edition = var.edition })
  triggers      = { edition = var.edition }
  depends_on    = [aws_lambda_provisioned_concurrency_config.warm]
}

# What other configurations read.
data "aws_lambda_function" "worker" {
  function_name = aws_lambda_function.worker.function_name
  qualifier     = aws_lambda_alias.live.name
}

data "aws_lambda_layer_version" "shared" {
  layer_name = aws_lambda_layer_version.shared.layer_name
  version    = aws_lambda_layer_version.shared.version
}

output "version" { value = aws_lambda_function.worker.version }

output "answer" { value = aws_lambda_invocation.once.result }
