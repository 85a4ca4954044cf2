variable "endpoint" { type = string }
variable "prefix" { type = string }
variable "edition" { default = 1 }

provider "aws" {
  region                  = "us-east-1"
  access_key              = "test"
  secret_key              = "test"
  skip_metadata_api_check = true
  skip_region_validation  = true
  endpoints {
    apigatewayv2 = var.endpoint
    iam          = var.endpoint
    lambda       = var.endpoint
    sts          = var.endpoint
  }
  default_tags { tags = { suite = "terraform" } }
}

locals { changed = var.edition > 1 }

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

resource "aws_lambda_function" "backend" {
  function_name = "${var.prefix}-backend"
  role          = aws_iam_role.worker.arn
  runtime       = "python3.11"
  handler       = "app.handler"
  filename      = "code.zip"
}

resource "aws_apigatewayv2_api" "pets" {
  name          = "${var.prefix}-pets"
  description   = local.changed ? "second" : "first"
  protocol_type = "HTTP"
  version       = "1"
  cors_configuration {
    allow_origins = ["https://a.example"]
    allow_methods = local.changed ? ["GET", "POST"] : ["GET"]
    max_age       = 60
  }
}

resource "aws_apigatewayv2_integration" "backend" {
  api_id                 = aws_apigatewayv2_api.pets.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.backend.invoke_arn
  payload_format_version = "2.0"
  timeout_milliseconds   = local.changed ? 5000 : 10000
}

resource "aws_apigatewayv2_route" "get" {
  api_id    = aws_apigatewayv2_api.pets.id
  route_key = local.changed ? "GET /pets/{id}" : "GET /pets"
  target    = "integrations/${aws_apigatewayv2_integration.backend.id}"
}

resource "aws_apigatewayv2_authorizer" "guard" {
  api_id                            = aws_apigatewayv2_api.pets.id
  name                              = "guard"
  authorizer_type                   = "REQUEST"
  authorizer_uri                    = aws_lambda_function.backend.invoke_arn
  identity_sources                  = ["$request.header.Authorization"]
  authorizer_payload_format_version = "2.0"
  enable_simple_responses           = true
  authorizer_result_ttl_in_seconds  = local.changed ? 60 : 30
}

resource "aws_apigatewayv2_authorizer" "jwt" {
  api_id           = aws_apigatewayv2_api.pets.id
  name             = "jwt"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]
  jwt_configuration {
    audience = ["app"]
    issuer   = "https://issuer.example"
  }
}

resource "aws_apigatewayv2_route" "guarded" {
  api_id             = aws_apigatewayv2_api.pets.id
  route_key          = "POST /pets"
  target             = "integrations/${aws_apigatewayv2_integration.backend.id}"
  authorization_type = "CUSTOM"
  authorizer_id      = aws_apigatewayv2_authorizer.guard.id
}

resource "aws_apigatewayv2_route" "vouched" {
  api_id               = aws_apigatewayv2_api.pets.id
  route_key            = "DELETE /pets/{id}"
  target               = "integrations/${aws_apigatewayv2_integration.backend.id}"
  authorization_type   = "JWT"
  authorizer_id        = aws_apigatewayv2_authorizer.jwt.id
  authorization_scopes = ["write"]
}

resource "aws_apigatewayv2_stage" "live" {
  api_id          = aws_apigatewayv2_api.pets.id
  name            = "$default"
  auto_deploy     = true
  stage_variables = local.changed ? { b = "2" } : { a = "1", b = "1" }
  default_route_settings {
    throttling_burst_limit = 100
    throttling_rate_limit  = 50
  }
}

resource "aws_apigatewayv2_deployment" "fixed" {
  api_id      = aws_apigatewayv2_api.pets.id
  description = "fixed"
  depends_on  = [aws_apigatewayv2_route.get]
}

resource "aws_apigatewayv2_stage" "fixed" {
  api_id        = aws_apigatewayv2_api.pets.id
  name          = "fixed"
  deployment_id = aws_apigatewayv2_deployment.fixed.id
}

resource "aws_lambda_permission" "gateway" {
  statement_id  = "gateway"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.backend.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.pets.execution_arn}/*/*"
}

output "endpoint" { value = aws_apigatewayv2_api.pets.api_endpoint }
