# frozen_string_literal: true

# Stands before the SDK's core where AWS_ENDPOINT_URL is set: loads that, then makes versions too old to know
# the variable (before 3.187) honour it.
beyond = lambda do
  $LOAD_PATH.map { |folder| File.join(folder.to_s, 'aws-sdk-core.rb') }
            .find { |file| File.file?(file) && File.realpath(file) != File.realpath(__FILE__) }
end
# A gem that was not activated yet is not on the path.
gem 'aws-sdk-core' if beyond.call.nil?
require beyond.call

if Gem::Version.new(Aws::CORE_GEM_VERSION) < Gem::Version.new('3.187.0')
  module PilotlightRuntime
    # The endpoint of a client that was given none.
    module EndpointFromEnvironment
      def new(options = {})
        endpoint = configured_endpoint
        return super if endpoint.nil? || endpoint_chosen?(options)

        # A bucket's own host name would not be found under such an endpoint.
        style = identifier == :s3 ? { force_path_style: true } : {}
        super(style.merge(endpoint: endpoint).merge(options))
      end

      private

      def endpoint_chosen?(options)
        options.key?(:endpoint) || Aws.config.key?(:endpoint) || Aws.config[identifier]&.key?(:endpoint)
      end

      def configured_endpoint
        return nil if ENV['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']&.downcase == 'true'

        service = api.metadata['serviceId'].to_s.upcase.tr(' -', '__')
        [ENV["AWS_ENDPOINT_URL_#{service}"], ENV['AWS_ENDPOINT_URL']].find { |url| !url.nil? && !url.empty? }
      end
    end
  end

  Seahorse::Client::Base.singleton_class.prepend(PilotlightRuntime::EndpointFromEnvironment)
end
