variable "endpoint" { type = string }
variable "prefix" { type = string }
variable "edition" { default = 1 }

provider "aws" {
  region                  = "us-east-1"
  access_key              = "test"
  secret_key              = "test"
  skip_metadata_api_check = true
  skip_region_validation  = true
  s3_use_path_style       = true
  endpoints {
    iam    = var.endpoint
    lambda = var.endpoint
    s3     = var.endpoint
    sqs    = var.endpoint
    sts    = var.endpoint
  }
  default_tags { tags = { suite = "terraform" } }
}

locals { changed = var.edition > 1 }

data "aws_caller_identity" "me" {}

resource "aws_s3_bucket" "main" {
  bucket        = "${var.prefix}-main"
  force_destroy = true
  tags          = { edition = tostring(var.edition) }
}

resource "aws_s3_bucket_versioning" "main" {
  bucket = aws_s3_bucket.main.id
  versioning_configuration { status = local.changed ? "Suspended" : "Enabled" }
}

resource "aws_s3_bucket_public_access_block" "main" {
  bucket                  = aws_s3_bucket.main.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = !local.changed
}

resource "aws_s3_bucket_ownership_controls" "main" {
  bucket = aws_s3_bucket.main.id
  rule { object_ownership = "BucketOwnerEnforced" }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "main" {
  bucket = aws_s3_bucket.main.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "AES256" }
  }
}

resource "aws_s3_bucket_cors_configuration" "main" {
  bucket = aws_s3_bucket.main.id
  cors_rule {
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["https://example.com"]
    allowed_headers = ["*"]
    max_age_seconds = 60
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "main" {
  bucket = aws_s3_bucket.main.id
  rule {
    id     = "old"
    status = "Enabled"
    filter { prefix = "tmp/" }
    expiration { days = 3 + var.edition }
  }
}

data "aws_iam_policy_document" "main" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.main.arn}/*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.me.account_id}:root"]
    }
  }
}

resource "aws_s3_bucket_policy" "main" {
  bucket = aws_s3_bucket.main.id
  policy = data.aws_iam_policy_document.main.json
}

resource "aws_s3_object" "text" {
  bucket       = aws_s3_bucket.main.id
  key          = "folder/text"
  content      = "edition ${var.edition}"
  content_type = "text/plain"
  metadata     = { edition = tostring(var.edition) }
}

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

resource "aws_s3_object" "code" {
  bucket = aws_s3_bucket.main.id
  key    = "code.zip"
  source = "code.zip"
  etag   = filemd5("code.zip")
}

resource "aws_lambda_function" "listener" {
  function_name     = "${var.prefix}-listener"
  role              = aws_iam_role.worker.arn
  runtime           = "python3.13"
  handler           = "app.handler"
  s3_bucket         = aws_s3_bucket.main.id
  s3_key            = aws_s3_object.code.key
  source_code_hash  = filebase64sha256("code.zip")
}

resource "aws_lambda_permission" "bucket" {
  statement_id  = "bucket"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.listener.function_name
  principal     = "s3.amazonaws.com"
  source_arn    = aws_s3_bucket.main.arn
}

resource "aws_s3_bucket_notification" "main" {
  bucket = aws_s3_bucket.main.id
  lambda_function {
    lambda_function_arn = aws_lambda_function.listener.arn
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = "in/"
    filter_suffix       = ".json"
  }
  depends_on = [aws_lambda_permission.bucket]
}
