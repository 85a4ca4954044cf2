# frozen_string_literal: true

# What a start would otherwise load while its first request waits.
require_relative 'error_report'

module PilotlightRuntime
  # A start ahead of need: waits to be told which function this is. Nothing is loaded beyond what the client itself
  # needs: a file of the same name in the function's code must still win.
  module Stem
    def self.wait_for_assignment(api)
      variables = JSON.parse(api.get('/_pilotlight/assignment').force_encoding(Encoding::UTF_8)).fetch('variables')
      ENV.replace(variables)
      # The folder in which this process started lies below the function's code now.
      Dir.chdir(variables.fetch('LAMBDA_TASK_ROOT'))
    end
  end
end
