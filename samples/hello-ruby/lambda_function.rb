# frozen_string_literal: true

def lambda_handler(event:, context:)
  name = event.fetch('name', 'world')
  puts "Greeting #{name}"
  { message: "Hello, #{name}!", requestId: context.aws_request_id }
end
