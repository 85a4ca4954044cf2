# frozen_string_literal: true

require 'json'
require_relative 'context'
require_relative 'handler'
require_relative 'log_sink'
require_relative 'runtime_api'

module PilotlightRuntime
  # The loop of the Ruby runtime: finds the handler, then takes events and posts answers until killed.
  class Runtime
    JSON_HEADERS = "Content-Type: application/json\r\n"
    # The statuses with which AWS's runtime leaves.
    EXIT_AFTER_INIT_ERROR = 252
    EXIT_AFTER_FATAL_ERROR = 255

    def run
      # Lines leave as they are written: a killed function must not lose them.
      $stdout.sync = true
      @api = RuntimeApi.new(ENV.fetch('AWS_LAMBDA_RUNTIME_API'))
      if ENV.key?('PILOTLIGHT_STEM')
        require_relative 'stem'
        Stem.wait_for_assignment(@api)
      end
      @sink = LogSink.current = LogSink.new
      @handler = load_handler
      serve
    end

    private

    def load_handler
      task_root = ENV.fetch('LAMBDA_TASK_ROOT')
      own_folder = File.dirname(__dir__)
      Gems.prepare(task_root, File.join(own_folder, 'load_path'))
      own_library = File.join(own_folder, 'lib')
      $LOAD_PATH.unshift('/opt/ruby/lib') if File.directory?('/opt/ruby/lib') && !$LOAD_PATH.include?('/opt/ruby/lib')
      $LOAD_PATH.unshift(File.join(own_folder, 'endpoint_lib')) if ENV.any? { |name, _| name.start_with?('AWS_ENDPOINT_URL') }
      $LOAD_PATH.unshift(own_library) unless $LOAD_PATH.include?(own_library)
      $LOAD_PATH.unshift(task_root) unless $LOAD_PATH.first == task_root
      handler = Handler.new(ENV.fetch('_HANDLER', ''))
      handler.load
      handler
    rescue SignalException
      raise
    rescue Exception => e # rubocop:disable Lint/RescueException
      report = report_on(e, 'Init', 'Init error when loading handler')
      @api.post('init/error', report.body, report.headers)
      exit(EXIT_AFTER_INIT_ERROR)
    end

    def serve
      headers, body = @api.next_event
      loop do
        request_id = LogSink.request_id = headers['lambda-runtime-aws-request-id']
        # Assigning nil deletes it.
        ENV['_X_AMZN_TRACE_ID'] = headers['lambda-runtime-trace-id']
        kind, answer, answer_headers = outcome_of(headers, body)
        headers = body = nil
        $stdout.flush
        if kind == :fatal
          @api.post("invocation/#{request_id}/error", answer, answer_headers)
          exit!(EXIT_AFTER_FATAL_ERROR)
        end
        headers, body = @api.answer(kind, request_id, answer, answer_headers)
      end
    end

    # What to post, and under which headers.
    def outcome_of(headers, body)
      begin
        event = JSON.parse(body.force_encoding(Encoding::UTF_8))
        context = LambdaContext.new(headers)
      rescue JSON::ParserError => e
        return failure(:error, e, 'Runtime')
      end
      response = @handler.call(event, context)
      return ['response', response.read.to_s, "Content-Type: application/unknown\r\n"] if stream?(response)

      ['response', response.to_json, JSON_HEADERS]
    rescue SignalException
      raise
    rescue StandardError => e
      failure(:error, e, 'Function')
    rescue Exception => e # rubocop:disable Lint/RescueException
      # `exit` in a handler, no memory, a stack too deep: AWS tells the caller, and starts anew.
      failure(:fatal, e, 'Function')
    end

    def failure(kind, error, origin)
      report = report_on(error, origin, kind == :fatal ? 'Critical exception from handler' : 'Error raised from handler method')
      [kind, report.body, report.headers]
    end

    def report_on(error, origin, title)
      require_relative 'error_report'
      report = ErrorReport.new(error, origin)
      report.log(@sink, title)
      report
    end

    def stream?(response)
      response.is_a?(IO) || (defined?(StringIO) && response.is_a?(StringIO))
    end
  end
end
