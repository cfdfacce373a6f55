/// <reference path="./interfaces/raisfast-plugin-wit-clock.d.ts" />
/// <reference path="./interfaces/raisfast-plugin-wit-database.d.ts" />
/// <reference path="./interfaces/raisfast-plugin-wit-deliveries.d.ts" />
/// <reference path="./interfaces/raisfast-plugin-wit-host-api.d.ts" />
/// <reference path="./interfaces/raisfast-plugin-wit-http.d.ts" />
/// <reference path="./interfaces/raisfast-plugin-wit-identifiers.d.ts" />
/// <reference path="./interfaces/raisfast-plugin-wit-plugin-hooks.d.ts" />
/// <reference path="./interfaces/raisfast-plugin-wit-refusals.d.ts" />
/// <reference path="./interfaces/raisfast-plugin-wit-types.d.ts" />
/// <reference path="./interfaces/raisfast-plugin-wit-views.d.ts" />
declare module 'raisfast:plugin-wit/plugin-world' {
  export type * as RaisfastPluginWitClock from 'raisfast:plugin-wit/clock'; // import raisfast:plugin-wit/clock
  export type * as RaisfastPluginWitDatabase from 'raisfast:plugin-wit/database'; // import raisfast:plugin-wit/database
  export type * as RaisfastPluginWitDeliveries from 'raisfast:plugin-wit/deliveries'; // import raisfast:plugin-wit/deliveries
  export type * as RaisfastPluginWitHostApi from 'raisfast:plugin-wit/host-api'; // import raisfast:plugin-wit/host-api
  export type * as RaisfastPluginWitHttp from 'raisfast:plugin-wit/http'; // import raisfast:plugin-wit/http
  export type * as RaisfastPluginWitIdentifiers from 'raisfast:plugin-wit/identifiers'; // import raisfast:plugin-wit/identifiers
  export type * as RaisfastPluginWitRefusals from 'raisfast:plugin-wit/refusals'; // import raisfast:plugin-wit/refusals
  export type * as RaisfastPluginWitTypes from 'raisfast:plugin-wit/types'; // import raisfast:plugin-wit/types
  export * as pluginHooks from 'raisfast:plugin-wit/plugin-hooks'; // export raisfast:plugin-wit/plugin-hooks
  export * as views from 'raisfast:plugin-wit/views'; // export raisfast:plugin-wit/views
}
