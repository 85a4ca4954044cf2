# frozen_string_literal: true

# The `context` that a handler gets; named as on AWS, where type checks and mocks name it.
class LambdaContext
  attr_reader :aws_request_id, :invoked_function_arn, :log_group_name, :log_stream_name, :function_name,
              :memory_limit_in_mb, :function_version, :identity, :client_context, :deadline_ms, :tenant_id

  def initialize(headers)
    # The steady clock, set right now: get_remaining_time_in_millis is not moved by a step of the wall clock.
    @clock_difference = milliseconds(Process::CLOCK_REALTIME) - milliseconds(Process::CLOCK_MONOTONIC)
    @deadline_ms = headers['lambda-runtime-deadline-ms'].to_i
    @aws_request_id = headers['lambda-runtime-aws-request-id']
    @invoked_function_arn = headers['lambda-runtime-invoked-function-arn']
    @tenant_id = headers['lambda-runtime-aws-tenant-id']
    @log_group_name = ENV['AWS_LAMBDA_LOG_GROUP_NAME']
    @log_stream_name = ENV['AWS_LAMBDA_LOG_STREAM_NAME']
    @function_name = ENV['AWS_LAMBDA_FUNCTION_NAME']
    @memory_limit_in_mb = ENV['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']
    @function_version = ENV['AWS_LAMBDA_FUNCTION_VERSION']
    @identity = from_json(headers['lambda-runtime-cognito-identity'])
    @client_context = from_json(headers['lambda-runtime-client-context'])
  end

  def get_remaining_time_in_millis # rubocop:disable Naming/AccessorMethodName
    remaining = @deadline_ms - milliseconds(Process::CLOCK_MONOTONIC) - @clock_difference
    remaining.positive? ? remaining : 0
  end

  private

  def milliseconds(clock)
    Process.clock_gettime(clock, :millisecond)
  end

  def from_json(text)
    text.nil? || text.empty? ? nil : JSON.parse(text)
  end
end
