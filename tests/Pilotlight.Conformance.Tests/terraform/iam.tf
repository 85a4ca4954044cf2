variable "endpoint" { type = string }
variable "prefix" { type = string }
variable "action" { default = "logs:PutLogEvents" }
variable "description" { default = "first" }
variable "path" { default = "/" }

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_metadata_api_check     = true
  skip_region_validation      = true
  endpoints {
    iam = var.endpoint
    sts = var.endpoint
  }
}

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

data "aws_iam_policy_document" "logs" {
  statement {
    actions   = [var.action]
    resources = ["arn:aws:logs:*:${data.aws_caller_identity.me.account_id}:*"]
  }
}

resource "aws_iam_policy" "logs" {
  name        = "${var.prefix}-logs"
  path        = "/team/"
  description = "what the function writes"
  policy      = data.aws_iam_policy_document.logs.json
  tags        = { team = var.description }
}

resource "aws_iam_role" "worker" {
  name                 = "${var.prefix}-worker"
  path                 = "/service-role/"
  description          = var.description
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 7200
  permissions_boundary = aws_iam_policy.logs.arn
  tags                 = { team = var.description }
}

resource "aws_iam_role_policy" "inline" {
  name   = "inline"
  role   = aws_iam_role.worker.name
  policy = data.aws_iam_policy_document.logs.json
}

resource "aws_iam_role_policy_attachment" "own" {
  role       = aws_iam_role.worker.name
  policy_arn = aws_iam_policy.logs.arn
}

resource "aws_iam_role_policy_attachment" "basic" {
  role       = aws_iam_role.worker.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_iam_instance_profile" "worker" {
  name = "${var.prefix}-profile"
  role = aws_iam_role.worker.name
}

resource "aws_iam_user" "ann" {
  name          = "${var.prefix}-ann"
  path          = var.path
  force_destroy = true
  tags          = { team = var.description }
}

resource "aws_iam_user_policy" "ann" {
  name   = "inline"
  user   = aws_iam_user.ann.name
  policy = data.aws_iam_policy_document.logs.json
}

resource "aws_iam_user_policy_attachment" "ann" {
  user       = aws_iam_user.ann.name
  policy_arn = aws_iam_policy.logs.arn
}

resource "aws_iam_access_key" "ann" {
  user = aws_iam_user.ann.name
}

resource "aws_iam_group" "team" {
  name = "${var.prefix}-team"
}

resource "aws_iam_group_policy" "team" {
  name   = "inline"
  group  = aws_iam_group.team.name
  policy = data.aws_iam_policy_document.logs.json
}

resource "aws_iam_group_policy_attachment" "team" {
  group      = aws_iam_group.team.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_group_membership" "team" {
  name  = "members"
  group = aws_iam_group.team.name
  users = [aws_iam_user.ann.name]
}

resource "aws_iam_openid_connect_provider" "ci" {
  url             = "https://${var.prefix}.example.com"
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = ["cf23df2207d99a74fbe169e3eba035e633b65d94"]
}
