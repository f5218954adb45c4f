/** `latchkey/management`: endpoints with which keys are managed, and their OpenAPI document. */
export type { KeyResource } from './answer-schemas';
export type { ActorOf, ManagementActor, ManagementOptions, UsageSource } from './management-options';
export { managementRouter } from './management-router';
export { openApiDocument, type JsonSchema, type OpenApiDocument } from './open-api-document';
export { securitySchemes, type SecurityScheme } from './security-schemes';
